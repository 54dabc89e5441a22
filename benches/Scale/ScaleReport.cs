using System.Globalization;
using System.Text;
using NetPolNic.Fallback.Conntrack;

namespace NetPolNic.Benches.Scale;

/// <summary>The computed part of docs/scale.md.</summary>
internal static class ScaleReport
{
    private const string Begin = "<!-- scale: computed -->";
    private const string End = "<!-- scale: end -->";
    private const double ImixBytes = ((7 * 64) + (4 * 594) + 1518) / 12.0;
    private static readonly int[] s_links = [25, 100, 400];
    private static readonly (string Name, double Bytes)[] s_frames = [("64 B", 64), ("IMIX", ImixBytes), ("1518 B", 1518)];

    /// <summary>Every table.</summary>
    public static string Text(ScaleInputs inputs, IReadOnlyList<ScaleNode> nodes, IReadOnlyList<ScaleNode> nics)
    {
        ScaleModel model = new(inputs);
        StringBuilder text = new();
        Inputs(text, inputs);
        Cores(text, inputs, model);
        Tables(text, inputs, model, nodes);
        Nics(text, nics);
        Memory(text, inputs, model, nodes);
        return text.ToString();
    }

    /// <summary>Puts it between the marks of the page.</summary>
    public static void WriteTo(string page, string text)
    {
        string before = File.ReadAllText(page);
        int from = before.IndexOf(Begin, StringComparison.Ordinal);
        int to = before.IndexOf(End, StringComparison.Ordinal);
        if (from < 0 || to < from)
        {
            throw new InvalidDataException($"{page} has no marks '{Begin}' and '{End}'");
        }

        File.WriteAllText(page, $"{before[..from]}{Begin}\n{text}{before[to..]}");
    }

    /// <summary>Bytes that a table of connections takes for each that fits.</summary>
    internal static double BytesPerConnection()
    {
        const int Capacity = 1 << 20;
        using ConnectionMemory memory = new(Capacity, 0);
        return memory.MemoryBytes / (double)Capacity;
    }

    private static void Inputs(StringBuilder text, ScaleInputs inputs)
    {
        text.Append("### What goes in\n\n| symbol | value | what | from |\n|---|---|---|---|\n");
        foreach ((string symbol, ScaleFigure figure) in inputs.All)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {symbol} | {figure.Value:#,0.##} | {figure.What} | {figure.From} |\n");
        }
    }

    private static void Cores(StringBuilder text, ScaleInputs inputs, ScaleModel model)
    {
        text.Append("\n### Packets and cores of the fallback\n\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"The link full in one direction; {inputs.DeniedShare.Value:P0} of the packets denied. An allowed packet takes t = {model.AllowedNs:0} ns. A flood: all of it denied.\n\n");
        text.Append("| link | frames | Mpps | cores, NIC drops | cores, NIC drops nothing | cores in a flood, NIC drops nothing | connections opened per s | connections in the table |\n");
        text.Append("|---|---|---|---|---|---|---|---|\n");
        foreach (int link in s_links)
        {
            foreach ((string name, double bytes) in s_frames)
            {
                double rate = ScaleModel.PktsPerSec(link, bytes);
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"| {link} GbE | {name} | {rate / 1e6:0.0} | {model.Cores(rate, nicDrops: true):0.0} | {model.Cores(rate, nicDrops: false):0.0} | {model.CoresOfFlood(rate):0.0} | {Short(model.OpenedPerSec(rate))} | {Short(model.Connections(rate))} |\n");
            }
        }
    }

    private static void Tables(StringBuilder text, ScaleInputs inputs, ScaleModel model, IReadOnlyList<ScaleNode> nodes)
    {
        text.Append("\n### Table entries and insertions per second\n\n");
        text.Append("| cluster, pods | node, pods | isolated directions | left to the fallback whole | rules | of them drop | share of S_nic | calls per replaced pod elsewhere / here, mean | most | calls per s | share of r_nic / r_emu | all rules anew, s at r_nic / r_emu |\n");
        text.Append("|---|---|---|---|---|---|---|---|---|---|---|---|\n");
        foreach (ScaleNode node in nodes)
        {
            double calls = model.CallsPerSec(node);
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {node.ClusterPods:#,0} | {node.LocalPods} | {node.Isolated} | {node.WithoutDrops} | {node.Rules:#,0} | {node.Drops:#,0} | {100 * node.Rules / inputs.NicRules.Value:0.00} % | {node.CallsPerRemotePod:0.##} / {node.CallsPerLocalPod:0.##} | {node.MostCalls:#,0} | {calls:0.##} | {100 * calls / inputs.NicRulesPerSec.Value:0.####} / {100 * calls / inputs.EmulatedRulesPerSec.Value:0.###} % | {node.Rules / inputs.NicRulesPerSec.Value:0.000} / {node.Rules / inputs.EmulatedRulesPerSec.Value:0.00} |\n");
        }
    }

    private static void Nics(StringBuilder text, IReadOnlyList<ScaleNode> nics)
    {
        ScaleNode first = nics[0];
        text.Append(
            CultureInfo.InvariantCulture,
            $"\nThe node of {first.LocalPods} pods in the cluster of {first.ClusterPods:#,0}, by NIC profile:\n\n| profile | rules | of them drop | isolated directions left to the fallback whole |\n|---|---|---|---|\n");
        foreach (ScaleNode nic in nics)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {nic.Nic} | {nic.Rules:#,0} | {nic.Drops:#,0} | {nic.WithoutDrops} of {nic.Isolated} |\n");
        }
    }

    private static void Memory(StringBuilder text, ScaleInputs inputs, ScaleModel model, IReadOnlyList<ScaleNode> nodes)
    {
        double each = BytesPerConnection();
        text.Append("\n### Memory and cores of the control plane\n\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"A connection takes {each:0} bytes of a table, that is {each * (1 << 20) / 1e6:0} MB for the default of 1 Mi connections a loop.\n\n");
        text.Append("| cluster, pods | pods replaced per s | events per s | cores | agent, MB | classifier, MB for 10 / 110 / 250 / 500 pods |\n|---|---|---|---|---|---|\n");
        foreach (IGrouping<int, ScaleNode> cluster in nodes.GroupBy(node => node.ClusterPods))
        {
            double replaced = model.ReplacedPerSec(cluster.Key);
            string classifier = string.Join(" / ", cluster.Select(node => (node.ClassifierBytes / 1e6).ToString("0.00", CultureInfo.InvariantCulture)));
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {cluster.Key:#,0} | {replaced:0.##} | {replaced * inputs.EventsPerPod.Value:0.##} | {model.ControlCores(cluster.Key):0.####} | {model.AgentMb(cluster.Key):0} | {classifier} |\n");
        }

        text.Append("\n| link, IMIX | connections | their table, MB | packet buffers, MB | all with 100 000 pods, MB |\n|---|---|---|---|---|\n");
        foreach (int link in s_links)
        {
            double connections = model.Connections(ScaleModel.PktsPerSec(link, ImixBytes));
            double table = connections * each / 1e6;
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {link} GbE | {Short(connections)} | {table:#,0} | {inputs.PacketBuffersMb.Value:0} | {table + inputs.PacketBuffersMb.Value + model.AgentMb(100_000):#,0} |\n");
        }
    }

    private static string Short(double count) => count switch
    {
        >= 1e6 => string.Create(CultureInfo.InvariantCulture, $"{count / 1e6:0.0} M"),
        >= 1e4 => string.Create(CultureInfo.InvariantCulture, $"{count / 1e3:0} k"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{count:0}"),
    };
}
