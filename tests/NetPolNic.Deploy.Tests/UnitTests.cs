using System.Globalization;
using NetPolNic.Deploy.Tests.Support;

namespace NetPolNic.Deploy.Tests;

public sealed class UnitTests
{
    private static readonly string s_path = Repo.At("deploy", "systemd", "netpolnic.service");

    [Fact]
    public void Runs_the_agent_under_a_watchdog_and_starts_it_again()
    {
        UnitFile unit = new(s_path);
        Assert.Equal("notify", unit.One("Type"));
        Assert.Equal("on-failure", unit.One("Restart"));
        Assert.EndsWith("/netpolnic run", unit.One("ExecStart"), StringComparison.Ordinal);
        Assert.Equal("/etc/netpolnic/netpolnic.env", unit.One("EnvironmentFile"));
        Assert.Equal("netpolnic", unit.One("RuntimeDirectory"));

        // The apply loop counts as hanging after 60 s: the watchdog is not to be faster. Draining takes up to 10 s.
        Assert.True(int.Parse(unit.One("WatchdogSec"), CultureInfo.InvariantCulture) > 60);
        Assert.True(int.Parse(unit.One("TimeoutStopSec"), CultureInfo.InvariantCulture) > 10);
    }

    [Fact]
    public void Leaves_the_runtime_and_the_drivers_what_they_need()
    {
        UnitFile unit = new(s_path);
        string[] deadly = ["MemoryDenyWriteExecute", "PrivateDevices", "PrivateNetwork", "PrivateUsers", "ProtectKernelTunables"];
        Assert.DoesNotContain(deadly, setting => unit.Service.Contains(setting));
        Assert.Contains("AF_PACKET", unit.One("RestrictAddressFamilies"), StringComparison.Ordinal);
        Assert.Contains("AF_NETLINK", unit.One("RestrictAddressFamilies"), StringComparison.Ordinal);
        Assert.Contains("/dev/vfio/vfio rw", unit.Service["DeviceAllow"]);
    }

    [Fact]
    public async Task Has_the_capabilities_of_the_mlx5_overlay_but_the_one_for_container_seccomp()
    {
        IEnumerable<string> container = (await Rendered.OfAsync("mlx5")).Agent.SecurityContext.Capabilities.Add
            .Except(["SYS_NICE"]).Select(capability => $"CAP_{capability}").Order(StringComparer.Ordinal);
        Assert.Equal(container, new UnitFile(s_path).One("CapabilityBoundingSet").Split(' ').Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Systemd_finds_nothing_wrong()
    {
        Tool.Need("systemd-analyze");
        using TempFolder folder = new();
        string copy = Path.Combine(folder.Path, "netpolnic.service");

        // The program must exist for the check; where it is installed is not this test's business.
        string text = await File.ReadAllTextAsync(s_path, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            copy, text.Replace("/usr/lib/netpolnic/netpolnic", "/bin/true", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        (int status, string output, string error) = await Tool.RunAsync("systemd-analyze", "verify", copy);

        // Unknown settings are told of, not failed for.
        Assert.Equal((0, "", ""), (status, output, error));
    }
}
