namespace NetPolNic.Agent.Observability;

/// <summary>Where Events of pods go.</summary>
internal interface IEventSink
{
    /// <summary>Posts one. Throws where that fails.</summary>
    Task PostAsync(PodEvent podEvent, CancellationToken cancellation);
}
