using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Conntrack;

/// <summary>What is looked for in the connection table: made for a whole burst before the first slot is read.</summary>
[StructLayout(LayoutKind.Explicit, Size = 56)]
internal unsafe struct ConnectionQuery
{
    [FieldOffset(0)]
    public ConnectionKey Key;

    [FieldOffset(40)]
    public ulong Hash;

    /// <summary>Whether the packet travels from the end that stands second in the key.</summary>
    [FieldOffset(48)]
    public bool FromHigh;

    /// <summary>The query for a tuple.</summary>
    /// <param name="flow">As it travels.</param>
    /// <param name="kind">Tells ICMP requests from replies.</param>
    /// <param name="seed">The table's.</param>
    /// <param name="query">Overwritten whole.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Make(in FlowKey flow, L4Kind kind, ulong seed, out ConnectionQuery query)
    {
        query = default;
        query.Key = ConnectionKey.Of(flow, kind, out query.FromHigh);
        query.Hash = query.Key.Hash(seed);
    }
}
