using System.Collections.Immutable;
using CsCheck;
using NetPolNic.Offload.Capabilities;

namespace NetPolNic.Offload.Tests.Support;

/// <summary>NICs: the shipped profiles, and any others that a profile file could describe.</summary>
internal static class NicGens
{
    internal static readonly Gen<NicCapabilities> Shipped =
        Pick.Of(NicProfiles.Names.Select(NicProfiles.Load).ToArray());

    /// <summary>Those whose pods share rules.</summary>
    internal static readonly Gen<NicCapabilities> Grouped =
        Pick.Of(NicProfiles.Load("mlx5"), NicProfiles.Load("mlx5-hws"), NicProfiles.Load("full"));

    /// <summary>Arbitrary capabilities, mostly rich enough to offload something.</summary>
    internal static readonly Gen<NicCapabilities> Arbitrary = Gen.Select(
        Pick.Of(MaskKind.None, MaskKind.Exact, MaskKind.Prefix, MaskKind.Any, MaskKind.Any, MaskKind.Range)
            .Array[Enum.GetValues<MatchField>().Length],
        Gen.Int[0, 9].Array[Enum.GetValues<NicItem>().Length + Enum.GetValues<NicAction>().Length],
        Pick.Of(1, 2, 3, 4, 8),
        Gen.Bool,
        Pick.Of(1, 5, 20, 100, 10000),
        Pick.Of(Enum.GetValues<FragmentL4>()),
        Pick.Of(Enum.GetValues<Ipv6Extensions>()),
        Pick.Of(Enum.GetValues<Ipv6Proto>()),
        Make);

    private static NicCapabilities Make(
        MaskKind[] kinds,
        int[] present,
        int priorities,
        bool reversed,
        int size,
        FragmentL4 fragments,
        Ipv6Extensions extensions,
        Ipv6Proto ipv6Proto) => new()
        {
            Name = "arbitrary",
            Description = "arbitrary",
            Items = Enum.GetValues<NicItem>().Where(item => present[(int)item] > 0)
                .ToImmutableSortedDictionary(item => item, _ => "made up"),
            Actions = Enum.GetValues<NicAction>().Where(a => present[^((int)a + 1)] > 0)
                .ToImmutableSortedDictionary(a => a, _ => "made up"),
            Fields = Enum.GetValues<MatchField>().ToImmutableSortedDictionary(
                field => field, field => new CapabilityFact<MaskKind>(kinds[(int)field], "made up")),
            Priorities = new CapabilityFact<int>(priorities, "made up"),
            PrioritiesReversed = reversed,
            Groups = new CapabilityFact<int>(present[0] > 4 ? 4096 : 1, "made up"),
            GroupPriorities = new CapabilityFact<int>(priorities > 2 ? 6 : priorities, "made up"),
            TableSize = new CapabilityFact<int>(size, "made up"),
            L4OnFragments = new CapabilityFact<FragmentL4>(fragments, "made up"),
            Ipv6Extensions = new CapabilityFact<Ipv6Extensions>(extensions, "made up"),
            Ipv6ProtoIs = new CapabilityFact<Ipv6Proto>(ipv6Proto, "made up"),
        };
}
