using System.Collections.Immutable;
using System.Globalization;
using NetPolNic.Agent.Emulation;
using NetPolNic.Agent.Matrix;
using NetPolNic.Agent.Output;
using NetPolNic.Fallback;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;
using NetPolNic.Policy.Resolve;
using Spectre.Console;

namespace NetPolNic.Agent.Demo;

/// <summary>One example, shown in three screens: who may talk, the rules in the NIC, what the fallback did.</summary>
/// <param name="console">Where it is shown.</param>
/// <param name="state">The example's objects.</param>
/// <param name="isolation">What isolates, for the reference evaluator.</param>
/// <param name="snapshot">The policy that <paramref name="state"/> resolves to.</param>
/// <param name="nic">What is compiled for.</param>
internal sealed class DemoShow(
    IAnsiConsole console, ClusterState state, IsolationMode isolation, PolicySnapshot snapshot, NicCapabilities nic)
{
    private const int MaxExternals = 4;
    private const int MaxPorts = 12;
    private const int MaxTables = 3;
    private const int MaxRuleRows = 18;
    private const int MaxPuntRows = 8;

    /// <summary>Runs the example; true if every packet had the reference evaluator's verdict.</summary>
    public bool Run(string title)
    {
        console.WriteLine();
        console.Write(new Rule($"[bold]{Markup.Escape(title)}[/]").LeftJustified());
        ImmutableArray<MatrixEndpoint> endpoints =
            MatrixEndpoints.Of(state, MatrixEndpoints.ExternalsNamedIn(state, MaxExternals));
        ImmutableArray<ProtoPort> ports = [.. MatrixEndpoints.PortsNamedIn(state).Take(MaxPorts)];
        PolicyEvaluator evaluator = new(state, isolation);
        using EmulatedNode node = new(nic);
        node.Apply(snapshot);
        console.MarkupLineInterpolated(
            CultureInfo.InvariantCulture,
            $"{Count(state.Policies.Length, "policy", "policies")}, {Count(snapshot.Endpoints.Length, "pod", "pods")} → {node.Plan.Rules.Length} rte_flow rules on the emulated [bold]{nic.Name}[/] NIC");

        EmulatedHosts hosts = new(node, state, endpoints, nodeName: null);
        MatrixResult sent = PacketMatrix.Send(node, hosts, endpoints, ports);
        MatrixResult model = ModelMatrix.Build(evaluator, endpoints, ports, nodeName: null);
        MatrixText.Write(console, sent, MaxTables);

        ImmutableArray<ConversationStep> steps = new Conversation(node, hosts, evaluator).Run(endpoints, ports);

        Header("The rules in the NIC, and how often each one matched");
        PlanText.Rules(console, node.Plan, node.HitsByRule(), MaxRuleRows);
        PlanText.Punts(console, node.Plan, MaxPuntRows);
        Fallback(node.Counters);
        Steps(steps);
        return Verdict(sent, model, steps);
    }

    private void Header(string text)
    {
        console.WriteLine();
        console.MarkupLineInterpolated($"[bold]{text}[/]");
    }

    private void Fallback(FallbackCounters counters)
    {
        Header("What the fallback decided");
        IEnumerable<string> decisions = counters.Decisions
            .Where(entry => entry.Value > 0)
            .Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Key} {entry.Value}"));
        IEnumerable<string> drops = counters.Drops
            .Where(entry => entry.Value > 0)
            .Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Key} {entry.Value}"));
        console.MarkupLineInterpolated($"forwarded: {string.Join(", ", decisions)}");
        console.MarkupLineInterpolated($"dropped:   {string.Join(", ", drops)}");
    }

    private void Steps(ImmutableArray<ConversationStep> steps)
    {
        if (steps.IsEmpty)
        {
            return;
        }

        Header("A connection, packet by packet");
        foreach (ConversationStep step in steps)
        {
            string colour = step.Agrees ? (step.Allowed ? "green" : "red") : "yellow";
            string place = step.Place is VerdictPlace.NicDrop or VerdictPlace.NicPass ? "NIC" : "fallback";
            string verdict = (step.Allowed ? "passes" : "dropped").PadRight(8);
            console.MarkupLine(
                $"[{colour}]{verdict}[/] {place,-8} {Markup.Escape(step.Description)}{(step.Agrees ? "" : "  NOT AS THE ORACLE")}");
        }
    }

    private bool Verdict(MatrixResult sent, MatrixResult model, ImmutableArray<ConversationStep> steps)
    {
        List<string> differences = [];
        int packets = 0;
        Dictionary<VerdictPlace, int> places = [];
        for (int table = 0; table < sent.Tables.Length; table++)
        {
            foreach ((int src, int dst) in Cells(sent.Endpoints.Length))
            {
                VerdictPlace place = sent.Tables[table].Places?[src, dst] ?? VerdictPlace.None;
                if (place == VerdictPlace.None)
                {
                    continue;
                }

                packets++;
                places[place] = places.GetValueOrDefault(place) + 1;
                if (sent.Tables[table].Combined[src, dst] != model.Tables[table].Combined[src, dst])
                {
                    differences.Add($"{sent.Endpoints[src].Name} → {sent.Endpoints[dst].Name} {sent.Ports[table]}");
                }
            }
        }

        console.WriteLine();
        foreach (string difference in differences)
        {
            console.MarkupLineInterpolated($"[red]not as the reference evaluator says:[/] {difference}");
        }

        int wrong = differences.Count + steps.Count(step => !step.Agrees);
        console.MarkupLineInterpolated(
            CultureInfo.InvariantCulture,
            $"{packets + steps.Length} packets: {places.GetValueOrDefault(VerdictPlace.NicDrop)} of the matrix dropped by the NIC, {places.GetValueOrDefault(VerdictPlace.FallbackDrop)} by the fallback, {places.GetValueOrDefault(VerdictPlace.NicPass) + places.GetValueOrDefault(VerdictPlace.FallbackPass)} passed");
        console.MarkupLine(wrong == 0
            ? "[green]every packet had the verdict of the reference evaluator[/]"
            : string.Create(CultureInfo.InvariantCulture, $"[red]{wrong} verdicts differ from the reference evaluator[/]"));
        return wrong == 0;
    }

    private static string Count(int count, string one, string many) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many)}");

    private static IEnumerable<(int Src, int Dst)> Cells(int count)
    {
        for (int src = 0; src < count; src++)
        {
            for (int dst = 0; dst < count; dst++)
            {
                yield return (src, dst);
            }
        }
    }
}
