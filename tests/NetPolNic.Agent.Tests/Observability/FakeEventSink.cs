using NetPolNic.Agent.Observability;

namespace NetPolNic.Agent.Tests.Observability;

/// <summary>Remembers Events; fails by script.</summary>
internal sealed class FakeEventSink : IEventSink
{
    private readonly List<PodEvent> _posted = [];

    public IReadOnlyList<PodEvent> Posted => _posted;

    public Exception? Failure { get; set; }

    public Task PostAsync(PodEvent podEvent, CancellationToken cancellation)
    {
        _posted.Add(podEvent);
        return Failure is null ? Task.CompletedTask : Task.FromException(Failure);
    }
}
