using System.Buffers.Binary;
using System.Collections.Immutable;
using Dpdk.Flow;
using NetPolNic.Agent.Packets;
using NetPolNic.Cluster;
using NetPolNic.Offload.Testpmd;
using NetPolNic.Policy.Model;

namespace NetPolNic.Vm.Tests.Support;

/// <summary>
/// A folder with what the guest's program shall do, and what should come of it: <c>examples/v1</c> with a policy for SCTP,
/// and a change of it. See tests/vm/Guest for the files.
/// </summary>
internal sealed class Scenario
{
    private const uint FirstTag = 0x4e00_0000;
    private const uint SecondTag = 0x4e10_0000;
    private const uint FlowTag = 0x4e20_0000;

    /// <summary>Of the flow's packets every so many is sent, again and again.</summary>
    private const int FlowStep = 13;

    private const string Sctp = """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata:
          name: signalling
          namespace: shop
        spec:
          podSelector:
            matchLabels:
              app: mailer
          policyTypes:
          - Ingress
          ingress:
          - from:
            - ipBlock:
                cidr: 203.0.113.0/24
            - ipBlock:
                cidr: 2001:db8::/32
            ports:
            - protocol: SCTP
              port: 3868
        """;

    private Scenario(string folder, Network network, Prediction before, Prediction? after)
    {
        (Folder, Network, Before, After) = (folder, network, before, after);
    }

    public string Folder { get; }

    public Network Network { get; }

    /// <summary>The first policy.</summary>
    public Prediction Before { get; }

    /// <summary>The changed policy; null where the scenario has no change.</summary>
    public Prediction? After { get; }

    /// <summary>Frames under the first policy.</summary>
    public ImmutableArray<SentFrame> First { get; private set; } = [];

    /// <summary>Frames under the second policy.</summary>
    public ImmutableArray<SentFrame> Second { get; private set; } = [];

    /// <summary>Frames that are sent again and again while the policy changes, as the first policy sees them.</summary>
    public ImmutableArray<SentFrame> Flow { get; private set; } = [];

    public int AnnouncementCount { get; private set; }

    /// <summary>Everything: a change, and testpmd after the agent.</summary>
    public static Scenario WriteWhole(string folder)
    {
        Scenario scenario = Start(folder, withChange: true);
        scenario.First = scenario.Before.Of(Conversations.All(scenario.Network, series: 1), FirstTag);
        scenario.Second = scenario.After!.Of(Conversations.All(scenario.Network, series: 2), SecondTag);
        scenario.Flow = scenario.Before.Of(
            Conversations.All(scenario.Network, series: 3).Where((_, index) => index % FlowStep == 0)
                .OrderBy(packet => scenario.Network.PortOf(packet.Src)),
            FlowTag);
        scenario.Write("first", scenario.First);
        scenario.Write("second", scenario.Second);
        scenario.Write("flow", scenario.Flow);
        WriteFrames(
            Path.Combine(folder, "testpmd.frames"),
            scenario.FramesOf(scenario.First).Concat(FragmentProbes.Frames.Select(probe => (0, probe.Frame))));
        using StreamWriter rules = File.CreateText(Path.Combine(folder, "testpmd.rules"));
        rules.NewLine = "\n";
        TestpmdExport.Write(scenario.Before.Plan, rules, 0);
        TestpmdExport.Write(scenario.Before.Plan, rules, 1);
        foreach (FlowSpec rule in FragmentProbes.Rules)
        {
            rules.WriteLine(TestpmdSyntax.Format(rule, 0));
        }

        return scenario;
    }

    /// <summary>One policy, and some of the packets.</summary>
    public static Scenario WriteSmall(string folder, int packets)
    {
        Scenario scenario = Start(folder, withChange: false);
        ImmutableArray<ProbePacket> all = [.. Conversations.All(scenario.Network, series: 1)];
        int step = Math.Max(1, all.Length / packets);
        scenario.First = scenario.Before.Of(all.Where((_, index) => index % step == 0), FirstTag);
        scenario.Write("first", scenario.First);
        return scenario;
    }

    private static Scenario Start(string folder, bool withChange)
    {
        string manifests = Directory.CreateDirectory(Path.Combine(folder, "manifests")).FullName;
        foreach (string file in Directory.GetFiles(Repo.At("examples", "v1")))
        {
            File.Copy(file, Path.Combine(manifests, Path.GetFileName(file)));
        }

        File.WriteAllText(Path.Combine(manifests, "sctp.yaml"), Sctp);
        ClusterState state = StateOf(manifests);
        Network network = new(state);
        Prediction? after = null;
        if (withChange)
        {
            string policies = File.ReadAllText(Path.Combine(manifests, "policies.yaml"));
            string changed = Replaced(
                Replaced(policies, "app: prometheus", "app: grafana"), "cidr: 203.0.113.0/24\n        except:\n        - 203.0.113.25/32", "cidr: 198.51.100.0/24");
            string change = Directory.CreateDirectory(Path.Combine(folder, "changed")).FullName;
            File.WriteAllText(Path.Combine(change, "policies.yaml"), changed);
            after = new Prediction(StateOf(manifests, change), network);
        }

        Scenario scenario = new(folder, network, new Prediction(state, network), after);
        List<(int Port, byte[] Frame)> announcements = [.. network.Announcements.OrderBy(announcement => announcement.Port)];
        scenario.AnnouncementCount = announcements.Count;
        WriteFrames(Path.Combine(folder, "announce.frames"), announcements);
        WriteFrames(Path.Combine(folder, "sentinels.frames"), Network.Sentinels);
        return scenario;
    }

    private static string Replaced(string text, string what, string by) =>
        text.Contains(what, StringComparison.Ordinal)
            ? text.Replace(what, by, StringComparison.Ordinal)
            : throw new InvalidDataException($"the example does not say '{what}' any more");

    private static ClusterState StateOf(string folder, string? over = null)
    {
        IEnumerable<string> files = Directory.GetFiles(folder)
            .Where(file => over is null || !File.Exists(Path.Combine(over, Path.GetFileName(file))))
            .Concat(over is null ? [] : Directory.GetFiles(over));
        using StringReader all = new(string.Join("\n---\n", files.Select(File.ReadAllText)));
        ManifestLoad load = ManifestReader.ReadStream(all);
        return load.State ?? throw new InvalidDataException(string.Join('\n', load.Problems));
    }

    private void Write(string name, IEnumerable<SentFrame> frames) =>
        WriteFrames(Path.Combine(Folder, $"{name}.frames"), FramesOf(frames));

    private IEnumerable<(int Port, byte[] Frame)> FramesOf(IEnumerable<SentFrame> frames) =>
        frames.Select(frame => (frame.Port, Network.FrameOf(frame.Packet, frame.Tag)));

    private static void WriteFrames(string path, IEnumerable<(int Port, byte[] Frame)> frames)
    {
        using FileStream file = File.Create(path);
        byte[] head = new byte[3];
        foreach ((int port, byte[] frame) in frames)
        {
            head[0] = (byte)port;
            BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(1), (ushort)frame.Length);
            file.Write(head);
            file.Write(frame);
        }
    }
}
