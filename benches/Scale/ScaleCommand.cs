using System.Globalization;
using NetPolNic.Benches.Micro;
using NetPolNic.Policy.Model;

namespace NetPolNic.Benches.Scale;

/// <summary>
/// <c>scale</c>: computes what nodes and clusters need. Costs come from one file of figures, rule counts from the real planner on
/// generated clusters. Prints the page's tables; <c>--docs FOLDER</c> puts them into its scale.md.
/// </summary>
internal static class ScaleCommand
{
    internal const string Name = "scale";

    private const int NicCluster = 10_000;
    private const int NicPods = 110;
    private static readonly int[] s_clusters = [1_000, 10_000, 100_000];
    private static readonly int[] s_pods = [10, 110, 250, 500];
    private static readonly string[] s_nics = ["mlx5", "mlx5-hws", "bnxt-truflow", "sfc-mae", "cnxk", "ice", "i40e", "enic", "tap"];

    /// <summary>Options: <c>--inputs FILE</c>, <c>--docs FOLDER</c>.</summary>
    /// <exception cref="ArgumentException">Any other option.</exception>
    internal static int Run(IReadOnlyList<string> words)
    {
        string inputs = Path.Combine(AppContext.BaseDirectory, "Scale", "inputs.json");
        string? docs = null;
        for (int i = 0; i < words.Count; i += 2)
        {
            string value = i + 1 < words.Count ? words[i + 1] : throw new ArgumentException($"{words[i]} needs a value");
            (inputs, docs) = words[i] switch
            {
                "--inputs" => (value, docs),
                "--docs" => (inputs, value),
                _ => throw new ArgumentException($"unknown option {words[i]}"),
            };
        }

        ScaleInputs figures = ScaleInputs.Read(inputs);
        List<ScaleNode> nodes = [.. from cluster in s_clusters from pods in s_pods select Count(cluster, pods, "mlx5")];
        List<ScaleNode> nics = [.. s_nics.Select(nic => Count(NicCluster, NicPods, nic))];
        string text = ScaleReport.Text(figures, nodes, nics);
        Console.Write(text);
        if (docs is not null)
        {
            ScaleReport.WriteTo(Path.Combine(docs, "scale.md"), text);
        }

        return 0;
    }

    private static ScaleNode Count(int cluster, int pods, string nic)
    {
        ClusterShape shape = ClusterShape.OfPods(cluster) with { LocalPods = pods };
        ClusterState state = SyntheticCluster.Create(shape);
        ScaleNode node = ScaleNode.Count(state, shape, nic);
        Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{cluster} pods, {pods} on the node, {nic}: {node.Rules} rules, {node.WithoutDrops} of {node.Isolated} directions in the fallback"));
        return node;
    }
}
