using System.Collections.Immutable;
using CsCheck;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Support;

/// <summary>
/// Snapshots that follow each other: pods come, go, move and get other policy, while those that stay as they are keep their
/// instance, as an incremental resolver keeps them.
/// </summary>
internal static class UpdateGens
{
    private const int Names = 5;

    /// <summary>Addresses of a pod by its number: mostly its own, now and then those of another pod.</summary>
    private static readonly Gen<(int Number, int Families)> s_place =
        Gen.Select(Gen.Frequency((9, Gen.Const(0)), (1, Gen.Int[1, Names])), Gen.Int[0, 2]);

    /// <summary>One change: which pod, whether it goes, its policy, where it is, and whom else it exempts.</summary>
    private static Gen<Change> ChangeOf(Gen<PolicySet> policy, int names) =>
        from pod in Gen.Int[1, names]
        from kind in Gen.Int[0, 5]
        from ingress in policy
        from egress in policy
        from place in s_place
        from exempts in Gen.Frequency((9, Gen.Const(0)), (1, Gen.Int[1, Names]))
        select new Change(pod, kind, ingress, egress, place.Number, place.Families, exempts);

    /// <summary>Two to eight snapshots, a few changes apart.</summary>
    internal static readonly Gen<PolicySnapshot[]> Sequence =
        ChangeOf(Gens.Policy, Names).Array[1, 5].Array[2, 8].Select(Follow);

    /// <summary>The same with fewer pods and rules: for tests that look at each step of an update.</summary>
    internal static readonly Gen<PolicySnapshot[]> SmallSequence =
        ChangeOf(Gens.SmallPolicy, 3).Array[1, 3].Array[2, 5].Select(Follow);

    private static PolicySnapshot[] Follow(Change[][] batches)
    {
        ImmutableSortedDictionary<string, LocalEndpoint> pods =
            ImmutableSortedDictionary.Create<string, LocalEndpoint>(StringComparer.Ordinal);
        List<PolicySnapshot> snapshots = [];
        foreach (Change[] batch in batches)
        {
            foreach (Change change in batch)
            {
                pods = Apply(pods, change);
            }

            snapshots.Add(new PolicySnapshot(snapshots.Count + 1, [.. pods.Values], []));
        }

        return [.. snapshots];
    }

    private static ImmutableSortedDictionary<string, LocalEndpoint> Apply(
        ImmutableSortedDictionary<string, LocalEndpoint> pods, Change change)
    {
        string name = FormattableString.Invariant($"pod{change.Pod}");
        if (change.Kind == 0)
        {
            return pods.Remove(name);
        }

        LocalEndpoint endpoint = change.ToEndpoint(name);
        bool keepsPlace = change.Kind > 2 && pods.ContainsKey(name);
        return pods.SetItem(name, keepsPlace
            ? endpoint with { Addresses = pods[name].Addresses, ExemptPeers = pods[name].ExemptPeers }
            : endpoint);
    }

    private sealed record Change(
        int Pod, int Kind, PolicySet Ingress, PolicySet Egress, int Number, int Families, int Exempts)
    {
        internal LocalEndpoint ToEndpoint(string name)
        {
            int number = Number == 0 ? Pod : Number;
            string[] v4 = [FormattableString.Invariant($"10.0.0.{number}")];
            string[] v6 = [FormattableString.Invariant($"fd00::{number}")];
            LocalEndpoint endpoint = Gens.Endpoint(
                name, Ingress, Egress, Families switch { 0 => v4, 1 => v6, _ => [.. v6, .. v4] });
            return Exempts == 0 ? endpoint : endpoint with
            {
                ExemptPeers = endpoint.ExemptPeers.Union(PeerSet.OfAddresses(
                    [IpAddr.Parse(FormattableString.Invariant($"10.0.0.{Exempts}"))])),
            };
        }
    }
}
