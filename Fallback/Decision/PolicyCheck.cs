using NetPolNic.Fallback.Classifier;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Decision;

/// <summary>Policy about the first packet of a connection, without connection state.</summary>
[HotPath]
internal static unsafe class PolicyCheck
{
    /// <summary>The local ends of a tuple.</summary>
    public static Ends FindEnds(ClassifierTables* tables, in FlowKey key) => new()
    {
        Src = Lookup.FindEndpoint(tables, key.SrcAddr, key.IpVersion),
        Dst = Lookup.FindEndpoint(tables, key.DstAddr, key.IpVersion),
    };

    /// <summary>Whether the pair passes whatever the policy (S-b12, S-b13).</summary>
    public static bool IsExempt(ClassifierTables* tables, in FlowKey key, in Ends ends) =>
        key.SrcAddr == key.DstAddr ||
        (ends.Src >= 0 && Lookup.IsExemptPeer(tables, ends.Src, key.DstAddr, key.IpVersion)) ||
        (ends.Dst >= 0 && Lookup.IsExemptPeer(tables, ends.Dst, key.SrcAddr, key.IpVersion));

    /// <summary>Both ends' policy; exemptions are the caller's business (S-b3).</summary>
    /// <returns><see cref="DropReason.None"/> where it passes.</returns>
    public static DropReason Evaluate(ClassifierTables* tables, in FlowKey key, in Ends ends)
    {
        if (!Lookup.Allows(EgressSet(tables, ends), key.DstAddr, key))
        {
            return DropReason.EgressDenied;
        }

        return Lookup.Allows(IngressSet(tables, ends), key.SrcAddr, key)
            ? DropReason.None
            : DropReason.IngressDenied;
    }

    /// <summary>Has what <see cref="Evaluate"/> reads first brought near.</summary>
    public static void Prefetch(ClassifierTables* tables, in FlowKey key, in Ends ends)
    {
        Lookup.Prefetch(EgressSet(tables, ends), key.DstAddr, key.IpVersion);
        Lookup.Prefetch(IngressSet(tables, ends), key.SrcAddr, key.IpVersion);
    }

    /// <summary>Whether a local end is isolated in the packet's direction.</summary>
    public static bool IsIsolated(ClassifierTables* tables, in Ends ends) =>
        EgressSet(tables, ends) != null || IngressSet(tables, ends) != null;

    /// <summary>Whether a connection between the ends may be opened, exemptions included.</summary>
    public static bool Allows(ClassifierTables* tables, in FlowKey key, in Ends ends) =>
        IsExempt(tables, key, ends) || Evaluate(tables, key, ends) == DropReason.None;

    /// <summary>Whether policy about both ends is what it was in an older generation.</summary>
    public static bool IsUnchangedSince(ClassifierTables* tables, in Ends ends, uint generation) =>
        (ends.Src < 0 || tables->Endpoints[ends.Src].IsUnchangedSince(generation)) &&
        (ends.Dst < 0 || tables->Endpoints[ends.Dst].IsUnchangedSince(generation));

    /// <summary>Number of an endpoint, or 0 for none.</summary>
    public static uint IdOf(ClassifierTables* tables, int endpoint) =>
        endpoint < 0 ? 0 : tables->Endpoints[endpoint].Id;

    private static SetTable* EgressSet(ClassifierTables* tables, in Ends ends) =>
        ends.Src < 0 ? null : tables->Endpoints[ends.Src].Egress;

    private static SetTable* IngressSet(ClassifierTables* tables, in Ends ends) =>
        ends.Dst < 0 ? null : tables->Endpoints[ends.Dst].Ingress;
}

/// <summary>Endpoint indexes of a tuple's ends, or <see cref="ClassifierTables.None"/>.</summary>
internal struct Ends
{
    public int Src;
    public int Dst;

    /// <summary>The ends of a packet that travels the other way.</summary>
    public readonly Ends Reversed() => new() { Src = Dst, Dst = Src };
}
