using System.Text;
using NetPolNic.Benches.Datapath.Traffic;

namespace NetPolNic.Benches.Datapath.Contestants;

/// <summary>
/// The kernel between two pairs of virtual Ethernet: one namespace sends and takes back (peers/blast.c), the other routes and
/// filters by nftables with conntrack. All of it is on the sender's CPU; what the sender costs alone is measured by the same
/// pair of namespaces with a filter that drops everything at once.
/// </summary>
internal sealed class KernelContestant : IContestant
{
    private readonly string _outside;
    private readonly string _filter;
    private LineContestant? _sender;

    private KernelContestant(string name)
    {
        _outside = $"{name}-o";
        _filter = $"{name}-f";
    }

    /// <summary>Whether the package is installed.</summary>
    public static bool IsInstalled => File.Exists("/usr/sbin/nft");

    public int ProcessId => _sender!.ProcessId;

    /// <summary>Makes the namespaces and starts sending.</summary>
    public static async Task<KernelContestant> StartAsync(
        TrafficFiles traffic, string blast, string folder, string name, int cpu, bool filters)
    {
        KernelContestant contestant = new(name);
        try
        {
            await contestant.MakeAsync(traffic, Path.Combine(folder, $"{name}.nft"), filters).ConfigureAwait(false);
            string upMac = await contestant.MacAsync("fu").ConfigureAwait(false);
            string podMac = await contestant.MacAsync("fp").ConfigureAwait(false);
            contestant._sender = await LineContestant.StartAsync(
                "ip",
                [
                    "netns", "exec", contestant._outside, blast, cpu.ToString(System.Globalization.CultureInfo.InvariantCulture),
                    "wire", traffic.UplinkPcap, upMac, "pods", traffic.PodPcap, podMac,
                ],
                name).ConfigureAwait(false);
            return contestant;
        }
        catch
        {
            await contestant.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public Task<Reading> ReadAsync() => _sender!.ReadAsync();

    public void Hold() => _sender!.Hold();

    public void Resume() => _sender!.Resume();

    public async ValueTask DisposeAsync()
    {
        if (_sender is not null)
        {
            await _sender.DisposeAsync().ConfigureAwait(false);
        }

        await NetworkNamespace.RemoveAsync(_outside).ConfigureAwait(false);
        await NetworkNamespace.RemoveAsync(_filter).ConfigureAwait(false);
    }

    private async Task MakeAsync(TrafficFiles traffic, string ruleFile, bool filters)
    {
        await NetworkNamespace.AddAsync(_outside).ConfigureAwait(false);
        await NetworkNamespace.AddAsync(_filter).ConfigureAwait(false);
        foreach ((string outer, string inner, string addr) in ((string, string, string)[])
            [("wire", "fu", "192.0.2.2/24"), ("pods", "fp", "198.51.100.2/24")])
        {
            await ChildProcess.RunAsync(
                "ip", ["link", "add", outer, "netns", _outside, "type", "veth", "peer", "name", inner, "netns", _filter])
                .ConfigureAwait(false);
            await NetworkNamespace.RunAsync(_outside, "ip", "link", "set", outer, "up").ConfigureAwait(false);
            await NetworkNamespace.RunAsync(_filter, "ip", "link", "set", inner, "up").ConfigureAwait(false);
            await NetworkNamespace.RunAsync(_filter, "ip", "addr", "add", addr, "dev", inner).ConfigureAwait(false);
        }

        await File.WriteAllTextAsync(ruleFile, filters ? RulesOf(traffic.RulesFile!) : DropAll()).ConfigureAwait(false);
        await NetworkNamespace.RunAsync(_filter, "nft", "-f", ruleFile).ConfigureAwait(false);
        await NetworkNamespace.RunAsync(
            _filter, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.fu.rp_filter=0",
            "net.ipv4.conf.fp.rp_filter=0", "net.ipv4.conf.all.send_redirects=0").ConfigureAwait(false);

        // What leaves is for nobody: it is counted at the other end and dropped there.
        await NetworkNamespace.RunAsync(
            _filter, "ip", "neigh", "add", "192.0.2.1", "lladdr", "02:00:00:00:00:01", "dev", "fu").ConfigureAwait(false);
        await NetworkNamespace.RunAsync(
            _filter, "ip", "neigh", "add", "198.51.100.1", "lladdr", "02:00:00:00:00:02", "dev", "fp").ConfigureAwait(false);
        await NetworkNamespace.RunAsync(_filter, "ip", "route", "add", "default", "via", "192.0.2.1").ConfigureAwait(false);
        await NetworkNamespace.RunAsync(
            _filter, "ip", "route", "add", "10.244.0.0/16", "via", "198.51.100.1").ConfigureAwait(false);
    }

    private async Task<string> MacAsync(string device)
    {
        string text = await NetworkNamespace.RunAsync(_filter, "cat", $"/sys/class/net/{device}/address").ConfigureAwait(false);
        return text.Trim();
    }

    private static string RulesOf(string rulesFile)
    {
        StringBuilder text = new();
        text.Append("table ip npn {\n set allowed {\n type ipv4_addr . ipv4_addr . inet_service\n flags interval\n elements = {\n");
        foreach (PolicyLine line in PolicyLine.Read(rulesFile))
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{line.Src} . {line.Dst} . {line.First}-{line.Last},\n");
        }

        return text.Append("}\n }\n chain forward {\n type filter hook forward priority 0; policy drop;\n")
            .Append("ct state established,related accept\n")
            .Append("meta l4proto tcp ip saddr . ip daddr . tcp dport @allowed accept\n }\n}\n")
            .ToString();
    }

    private static string DropAll() =>
        "table netdev npn {\n" +
        " chain up {\n type filter hook ingress device \"fu\" priority 0; policy drop;\n }\n" +
        " chain pod {\n type filter hook ingress device \"fp\" priority 0; policy drop;\n }\n}\n";
}
