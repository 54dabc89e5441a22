using Microsoft.Extensions.Hosting.Systemd;

namespace NetPolNic.Agent.Tests.Observability;

/// <summary>Remembers what systemd would have been told.</summary>
internal sealed class FakeSystemd : ISystemdNotifier
{
    private readonly List<string> _told = [];

    public IReadOnlyList<string> Told => _told;

    public bool IsEnabled => true;

    public void Notify(ServiceState state) => _told.Add(state.ToString());
}
