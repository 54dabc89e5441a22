namespace NetPolNic.Benches.Scale;

/// <summary>One number that the page of scale computes with.</summary>
/// <param name="Value">The number.</param>
/// <param name="What">What it is, with its unit.</param>
/// <param name="From">Where it comes from: a measurement, a source, or an assumption.</param>
internal sealed record ScaleFigure(double Value, string What, string From);
