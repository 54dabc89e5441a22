using System.Runtime.CompilerServices;
using CsCheck;
using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Tests.Conntrack;

public sealed class ConnectionKeyTests
{
    private static readonly Gen<FlowKey> s_flow =
        from src in Gen.UInt128
        from dst in Gen.UInt128.Where(d => d != src) // Equal addresses are exempt and never tracked.
        from srcL4Port in Gen.UShort
        from dstL4Port in Gen.UShort
        from ipProto in Gen.Byte
        select new FlowKey
        {
            SrcAddr = src,
            DstAddr = dst,
            SrcL4Port = srcL4Port,
            DstL4Port = dstL4Port,
            IpProto = ipProto,
            IpVersion = 6,
        };

    [Fact]
    public void A_connection_fills_one_cache_line()
    {
        Assert.Equal(64, Unsafe.SizeOf<Connection>());
        Assert.Equal(64, Unsafe.SizeOf<ExpressPacket>());
    }

    [Fact]
    public void Both_directions_have_one_key_and_know_which_is_which() => s_flow.Sample(flow =>
    {
        ConnectionKey there = ConnectionKey.Of(flow, L4Kind.Other, out bool fromHigh);
        ConnectionKey back = ConnectionKey.Of(flow.Reversed(), L4Kind.Other, out bool backFromHigh);
        Assert.True(there.Matches(back));
        Assert.Equal(there.Hash(7), back.Hash(7));
        Assert.NotEqual(fromHigh, backFromHigh);
        Assert.Equal(flow, there.ToFlow(fromHigh));
        Assert.Equal(flow.Reversed(), there.ToFlow(!fromHigh));
    });

    [Fact]
    public void A_query_and_its_reply_have_one_key_and_a_query_the_other_way_has_another()
    {
        FlowKey query = new() { SrcAddr = 9, DstAddr = 5, SrcL4Port = 77, IpProto = 1, IpVersion = 4 };
        FlowKey reply = new() { SrcAddr = 5, DstAddr = 9, SrcL4Port = 77, IpProto = 1, IpVersion = 4 };
        ConnectionKey asked = ConnectionKey.Of(query, L4Kind.IcmpRequest, out bool fromHigh);
        Assert.True(asked.Matches(ConnectionKey.Of(reply, L4Kind.IcmpReply, out bool replyFromHigh)));
        Assert.False(asked.Matches(ConnectionKey.Of(reply, L4Kind.IcmpRequest, out _)));
        Assert.NotEqual(fromHigh, replyFromHigh);
    }
}
