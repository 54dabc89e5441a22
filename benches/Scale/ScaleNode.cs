using NetPolNic.Benches.Micro;
using NetPolNic.Fallback.Classifier;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Benches.Scale;

/// <summary>What the resolver, the planner and the classifier make of one node of a synthetic cluster; counted, not timed.</summary>
internal sealed record ScaleNode
{
    /// <summary>Not the first: that one has the platform's pods.</summary>
    private const string Node = "node-1";

    /// <summary>Pods that are replaced to see what that changes.</summary>
    private const int RemoteSamples = 100;
    private const int LocalSamples = 10;

    public required int ClusterPods { get; init; }

    public required int LocalPods { get; init; }

    public required string Nic { get; init; }

    /// <summary>Directions of local pods that a policy isolates.</summary>
    public required int Isolated { get; init; }

    /// <summary>Of those, the ones for which the NIC has no drop: left to the fallback whole.</summary>
    public required int WithoutDrops { get; init; }

    public required int Rules { get; init; }

    public required int Drops { get; init; }

    /// <summary>Native memory of the classifier.</summary>
    public required long ClassifierBytes { get; init; }

    /// <summary>Rules created and destroyed when a pod elsewhere is replaced, mean of a sample.</summary>
    public required double CallsPerRemotePod { get; init; }

    /// <summary>Rules created and destroyed when a pod of the node is replaced, mean of a sample.</summary>
    public required double CallsPerLocalPod { get; init; }

    /// <summary>The most of one replacement.</summary>
    public required int MostCalls { get; init; }

    /// <summary>Plans a node.</summary>
    public static ScaleNode Count(ClusterState state, ClusterShape shape, string nic)
    {
        IncrementalResolver resolver = new(IsolationMode.Auto, Node);
        IncrementalPlanner planner = new(NicProfiles.Load(nic), PlanOptions.Default);
        resolver.Apply(ClusterChanges.Of(state));
        PolicySnapshot snapshot = resolver.Resolve();
        OffloadPlan plan = planner.Update(snapshot).Plan;
        (int isolated, int without) = Directions(snapshot, plan);
        long classifier;
        using (ClassifierSnapshot built = new ClassifierBuilder().Build(snapshot))
        {
            classifier = built.MemoryBytes;
        }

        int[] remote = Replace(state, resolver, planner, local: false, RemoteSamples);
        int[] local = Replace(state, resolver, planner, local: true, LocalSamples);
        return new ScaleNode
        {
            ClusterPods = shape.Pods,
            LocalPods = shape.LocalPods,
            Nic = nic,
            Isolated = isolated,
            WithoutDrops = without,
            Rules = plan.Rules.Length,
            Drops = plan.Rules.Count(rule => rule.Verdict == RuleVerdict.Drop && rule.Spec.Actions.Any(action => action is Dpdk.Flow.DropAction)),
            ClassifierBytes = classifier,
            CallsPerRemotePod = remote.DefaultIfEmpty().Average(),
            CallsPerLocalPod = local.DefaultIfEmpty().Average(),
            MostCalls = remote.Concat(local).DefaultIfEmpty().Max(),
        };
    }

    private static (int Isolated, int WithoutDrops) Directions(PolicySnapshot snapshot, OffloadPlan plan)
    {
        HashSet<(string Pod, Direction Direction)> full =
            [.. plan.Punts.Where(punt => punt.Reason == PuntReason.TableFull).Select(punt => (punt.Pod, punt.Direction))];
        HashSet<Direction> none = [.. Enum.GetValues<Direction>()];
        none.ExceptWith(plan.Rules.Where(rule => rule.Verdict == RuleVerdict.Drop).Select(rule => rule.Direction));
        List<(string Pod, Direction Direction)> isolated =
        [
            .. from endpoint in snapshot.Endpoints
               from side in ((Direction Direction, EndpointDirection Policy)[])
                   [(Direction.Ingress, endpoint.Ingress), (Direction.Egress, endpoint.Egress)]
               where side.Policy.Set.IsIsolated
               select ($"{endpoint.Namespace}/{endpoint.Name}", side.Direction),
        ];
        return (isolated.Count, isolated.Count(side => full.Contains(side) || none.Contains(side.Direction)));
    }

    /// <summary>Gives pods new addresses one after the other, as when they are made anew; counts the calls of each.</summary>
    private static int[] Replace(
        ClusterState state, IncrementalResolver resolver, IncrementalPlanner planner, bool local, int samples)
    {
        Random random = new(5);
        Pod[] pods = [.. state.Pods.Where(pod => !pod.HostNetwork && (pod.NodeName == Node) == local)];
        int[] calls = new int[pods.Length == 0 ? 0 : samples];
        for (int i = 0; i < calls.Length; i++)
        {
            Pod pod = pods[random.Next(pods.Length)];
            ClusterChanges changes = new();
            uint block = local ? 0x0afe_0000u : 0x0aff_0000u;
            changes.Put(pod with { Addresses = [IpAddr.V4(block + (uint)i)] });
            resolver.Apply(changes);
            PlanUpdate update = planner.Update(resolver.Resolve());
            calls[i] = update.Added.Length + update.Removed.Length;

            // Back, so that the samples do not add up.
            ClusterChanges back = new();
            back.Put(pod);
            resolver.Apply(back);
            _ = planner.Update(resolver.Resolve());
        }

        return calls;
    }
}
