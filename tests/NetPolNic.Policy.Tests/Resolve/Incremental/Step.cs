namespace NetPolNic.Policy.Tests.Resolve.Incremental;

/// <summary>One step of a walk through cluster states; numbers wrap around what there is.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="Number">To which object.</param>
/// <param name="Source">Which of the prepared states the new content comes from.</param>
public readonly record struct Step(StepKind Kind, int Number, int Source);
