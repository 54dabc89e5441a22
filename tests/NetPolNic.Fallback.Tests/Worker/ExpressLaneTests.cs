using CsCheck;
using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Parsing;
using NetPolNic.Fallback.Switching;
using NetPolNic.Fallback.Tests.Rig;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Fallback.Tests.Worker;

/// <summary>The short way of plain packets decides and notes what the long one does.</summary>
public sealed unsafe class ExpressLaneTests
{
    private const ulong PodMac = 0x02_00_00_00_0a_01, OtherPodMac = 0x02_00_00_00_0a_02, RemoteMac = 0x02_00_00_00_0b_01;

    [Theory]
    [InlineData(1, 30_000, 0)]
    [InlineData(2, 30_000, 0)]
    [InlineData(3, 60_000, 64)]
    [InlineData(4, 60_000, 500)]
    public void Conversations_are_the_same_the_short_and_the_long_way(uint seed, int bursts, uint grainMs)
    {
        FallbackOptions options = EngineRig.Small with { BurstPkts = 4 };
        using TwinWorkers twins = new(options);
        twins.UseGrain(grainMs);
        using GuardedBuffer buffer = new();
        PCG random = new(seed);
        PolicySnapshot[] snapshots = Policies();
        PolicySnapshot current = snapshots[0];
        long nowMs = 1000;
        int length;
        byte* at;
        PacketOutcome outcome;
        int forwarded = 0;
        for (int i = 0; i < bursts; i++)
        {
            if (i % 40 == 0)
            {
                // The same policy again most times: connections are taken over as they are.
                current = i % 400 == 0 ? snapshots[random.Next((uint)snapshots.Length)] : current;
                twins.Publish(current);
            }

            nowMs += random.Next(200) == 0 ? 40_000 : random.Next(3);
            (int port, byte[] frame) = Next(random);
            length = frame.Length;
            at = buffer.Place(frame);
            twins.Run(&at, &length, &outcome, 1, port, nowMs);
            forwarded += outcome.Ports != 0 ? 1 : 0;
            if (i % 100 == 0)
            {
                twins.AssertSame();
            }
        }

        twins.AssertSame();
        Assert.True(twins.Express > forwarded / 10 && twins.Express > 1000, $"{twins.Express} of {forwarded}");
        Assert.True(twins.Straight > 1000 && twins.Straight < twins.Express, $"{twins.Straight} of {twins.Express}");
        Assert.True(twins.Trodden > (grainMs == 0 ? 3 : 1000), $"{twins.Trodden} of {twins.Straight}");
        Assert.True(twins.ExpressDenied > 100, $"{twins.ExpressDenied} denied");
        Assert.True(twins.Opened > 100 && twins.Refused > 20, $"{twins.Opened} opened, {twins.Refused} refused");
        Assert.True(twins.Counters.TcpImplausible > 0 && twins.Counters.ConnectionsExpired > 0, $"{twins.Counters}");
    }

    [Fact]
    public void What_it_reads_is_what_the_parser_reads()
    {
        using GuardedBuffer buffer = new();
        PCG random = new(3);
        ConnectionTable table = new() { Seed = 7, LeftSeed = Hashing.LeftSeed(7), RightSeed = Hashing.RightSeed(7) };
        int plain = 0;
        int usual = 0;
        for (int i = 0; i < 200_000; i++)
        {
            byte[] frame = Next(random).Frame;
            for (uint flips = random.Next(4); flips > 0; flips--)
            {
                frame[random.Next((uint)Math.Min(frame.Length, 60))] ^= (byte)(1 << (int)random.Next(8));
            }

            int length = random.Next(4) == 0 ? (int)random.Next((uint)frame.Length + 1) : frame.Length;
            byte* at = buffer.Place(frame.AsSpan(0, length));
            ExpressPacket express;
            ExpressPacket fast;
            bool isUsual = ExpressParser.TryReadUsual(at, (uint)length, &table, &fast);
            if (!ExpressParser.TryRead(at, length, 7, &express))
            {
                Assert.False(isUsual, Convert.ToHexString(frame));
                continue;
            }

            if (isUsual)
            {
                usual++;
                Assert.True(fast.Query.Key.Matches(express.Query.Key), Convert.ToHexString(frame));
                Assert.Equal(
                    (express.Query.Hash, express.Meta << 8 >> 8, express.Kind),
                    (fast.Query.Hash, fast.Meta << 8 >> 8, fast.Kind));
            }

            plain++;
            PacketParser.Parse(at, length, out ParsedPacket packet);
            ConnectionQuery.Make(packet.Key, packet.L4, 7, out ConnectionQuery query);
            Assert.Equal(ParseStatus.Ip, packet.Status);
            Assert.Equal(FragmentKind.Whole, packet.Fragment);
            Assert.True(packet.L4 is L4Kind.TcpData or L4Kind.TcpSyn or L4Kind.Other && !packet.IsGroupMac && !packet.IsGroupAddr);
            Assert.True(query.Key.Matches(express.Query.Key), Convert.ToHexString(frame));
            Assert.Equal(
                (query.Hash, query.FromHigh, packet.VlanId), (express.Query.Hash, express.Query.FromHigh, express.VlanId));
            Assert.Equal(packet.L4 == L4Kind.TcpSyn ? ExpressKind.Opening : ExpressKind.Plain, express.Kind);
            if (packet.L4 == L4Kind.TcpData)
            {
                byte* header = at + express.L4Offset;
                Assert.Equal(
                    (packet.TcpSeq, packet.TcpAck, packet.TcpWindow),
                    (Wire.U32(header + 4), Wire.U32(header + 8), Wire.U16(header + 14)));
            }
        }

        Assert.True(plain > 20_000 && usual > plain / 4, $"{usual} of {plain}");
    }

    [Theory]
    [InlineData(10)]
    [InlineData(1000)]
    public void A_station_that_has_moved_is_followed_at_once_by_what_goes_to_it(int quietMs)
    {
        using TwinWorkers twins = new(EngineRig.Small with { BurstPkts = 4 });
        twins.UseGrain(500);
        twins.Publish(Policies()[2]);
        using GuardedBuffer buffer = new();
        long nowMs = 1000;
        Assert.NotEqual(0UL, Send(fromFirst: true, 0x02, port: 1));
        Assert.NotEqual(0UL, Send(fromFirst: false, 0x12, port: 2));
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(1UL << 2, Send(fromFirst: true, 0x10, port: 1));
            Assert.Equal(1UL << 1, Send(fromFirst: false, 0x10, port: 2));
        }

        nowMs += 600;
        Assert.Equal(1UL << 2, Send(fromFirst: true, 0x10, port: 1));
        Assert.Equal(1UL << 2, Send(fromFirst: true, 0x10, port: 1));
        Assert.Equal(1, twins.Trodden);
        nowMs += quietMs;
        twins.Move(OtherPodMac, toPort: 0, nowMs);
        Assert.Equal(1UL << 0, Send(fromFirst: true, 0x10, port: 1));
        twins.Move(OtherPodMac, toPort: 2, nowMs);
        nowMs += quietMs;
        Assert.Equal(1UL << 2, Send(fromFirst: true, 0x10, port: 1));
        twins.Move(OtherPodMac, toPort: 0, nowMs);
        nowMs += quietMs;
        Assert.Equal(1UL << 1, Send(fromFirst: false, 0x10, port: 0));
        nowMs++;
        Assert.Equal(1UL << 0, Send(fromFirst: true, 0x10, port: 1));

        ulong Send(bool fromFirst, byte flags, int port)
        {
            (string src, string dst) = fromFirst ? ("10.0.0.1", "10.0.0.3") : ("10.0.0.3", "10.0.0.1");
            (ulong srcMac, ulong dstMac) = fromFirst ? (PodMac, OtherPodMac) : (OtherPodMac, PodMac);
            (int srcPort, int dstPort) = fromFirst ? (1000, 80) : (80, 1000);
            byte[] frame = FrameBuilder.Ip(src, dst).Macs(srcMac, dstMac)
                .TcpAt(srcPort, dstPort, flags, flags == 0x10 ? 1001u : 1000, flags == 0x02 ? 0 : 1001u, 1000).Build();
            int length = frame.Length;
            byte* at = buffer.Place(frame);
            PacketOutcome outcome;
            twins.Run(&at, &length, &outcome, 1, port, nowMs);
            return outcome.Ports;
        }
    }

    /// <summary>A packet of one of few conversations, with numbers that mostly fit.</summary>
    private static (int Port, byte[] Frame) Next(PCG random)
    {
        bool isV4 = random.Next(2) == 0;
        bool fromPod = random.Next(2) == 0;
        bool isLocal = random.Next(3) == 0;
        string pod = isV4 ? "10.0.0.1" : "fd00::1";
        string peer = (isLocal, isV4) switch
        {
            (true, true) => "10.0.0.3",
            (true, false) => "fd00::3",
            (false, true) => $"10.9.0.{random.Next(3)}",
            (false, false) => $"2001:db8::{random.Next(3)}",
        };
        ulong peerMac = isLocal ? OtherPodMac : RemoteMac;
        ulong srcMac = random.Next(64) == 0 ? 0x02_00_00_00_00_77u : fromPod ? PodMac : peerMac;
        int port = random.Next(64) == 0 ? (int)random.Next(3) : fromPod ? 1 : isLocal ? 2 : 0;
        FrameBuilder frame = FrameBuilder.Ip(fromPod ? pod : peer, fromPod ? peer : pod).Macs(srcMac, fromPod ? peerMac : PodMac);
        if (random.Next(8) == 0)
        {
            frame.Vlan((ushort)random.Next(2));
        }

        int client = 1000 + (int)random.Next(2);
        int service = 80 + (int)random.Next(2);
        (int src, int dst) = fromPod ? (client, service) : (service, client);
        if (random.Next(3) == 0)
        {
            return (port, frame.Udp(src, dst).Build());
        }

        // Each end's numbers start at 1000; what it acknowledges moves on a little.
        byte flags = random.Next(12) switch
        {
            0 => 0x02,
            1 => 0x12,
            2 => 0x11,
            3 when random.Next(4) == 0 => 0x04,
            _ => 0x10,
        };
        uint seq = flags is 0x02 or 0x12 ? 1000 : 1001 + (random.Next(4) * 10);
        uint ack = random.Next(40) == 0 ? 0x8000_0000 : 1001 + (random.Next(3) * 10);
        ushort window = (ushort)(random.Next(3) == 0 ? 500 : 1000);
        return (port, frame.TcpAt(src, dst, flags, seq, flags == 0x02 ? 0 : ack, window).Build());
    }

    private static PolicySnapshot[] Policies()
    {
        LocalEndpoint other = Snapshots.Pod("10.0.0.3 fd00::3");
        PolicySet some = Snapshots.Allow("10.0.0.0/8 ::/0 : tcp/80 udp/1-65535");
        PolicySet all = Snapshots.Allow("0.0.0.0/0 ::/0 : all");
        PolicySet none = Snapshots.Allow();
        return
        [
            Snapshots.Of(Snapshots.Pod("10.0.0.1 fd00::1", some, none), other),
            Snapshots.Of(Snapshots.Pod("10.0.0.1 fd00::1", none, some), other),
            Snapshots.Of(Snapshots.Pod("10.0.0.1 fd00::1", all, all), other),
            Snapshots.Of(Snapshots.Pod("10.0.0.1 fd00::1", some, some), other),
            Snapshots.Of(Snapshots.Pod("10.0.0.1 fd00::1", all, some), other),
        ];
    }
}
