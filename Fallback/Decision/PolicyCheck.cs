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
        if (!Lookup.Allows(tables, EgressSet(tables, ends), key.DstAddr, key))
        {
            return DropReason.EgressDenied;
        }

        return Lookup.Allows(tables, IngressSet(tables, ends), key.SrcAddr, key)
            ? DropReason.None
            : DropReason.IngressDenied;
    }

    /// <summary>Whether a local end is isolated in the packet's direction.</summary>
    public static bool IsIsolated(ClassifierTables* tables, in Ends ends) =>
        EgressSet(tables, ends) >= 0 || IngressSet(tables, ends) >= 0;

    /// <summary>Number of an endpoint, or 0 for none.</summary>
    public static uint IdOf(ClassifierTables* tables, int endpoint) =>
        endpoint < 0 ? 0 : tables->Endpoints[endpoint].Id;

    private static int EgressSet(ClassifierTables* tables, in Ends ends) =>
        ends.Src < 0 ? ClassifierTables.None : tables->Endpoints[ends.Src].EgressSet;

    private static int IngressSet(ClassifierTables* tables, in Ends ends) =>
        ends.Dst < 0 ? ClassifierTables.None : tables->Endpoints[ends.Dst].IngressSet;
}

/// <summary>Endpoint indexes of a tuple's ends, or <see cref="ClassifierTables.None"/>.</summary>
internal struct Ends
{
    public int Src;
    public int Dst;
}
