using System.Collections.Immutable;
using Dpdk.Ethdev;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Parsing;
using NetPolNic.Fallback.Tests.Rig;
using NetPolNic.Fallback.Worker;

namespace NetPolNic.Fallback.Tests.Worker;

/// <summary>Several loops on ports of one queue: the first receives and sends, and hands over what others own.</summary>
[Collection(nameof(DpdkTests))]
public sealed class SeveralLoopsTests(DpdkFixture dpdk)
{
    private const int PatienceMs = 20_000;

    // CPU 0 twice: what is shown does not depend on how many the machine has.
    private static readonly FallbackOptions s_two = EngineRig.Small with { Cpus = [0, 0], DeniedRingEntries = 64 };

    [Fact]
    public void Hash_is_the_Toeplitz_hash_of_the_addresses_with_the_repeated_key()
    {
        Random random = new(5);
        for (int i = 0; i < 200; i++)
        {
            bool isV4 = i % 2 == 0;
            UInt128 src = Address(random, isV4);
            UInt128 dst = Address(random, isV4);
            FlowKey key = new() { SrcAddr = src, DstAddr = dst, IpVersion = (byte)(isV4 ? 4 : 6) };
            FlowKey reply = new() { SrcAddr = dst, DstAddr = src, IpVersion = key.IpVersion };
            Assert.Equal(Toeplitz([.. Bytes(src, isV4), .. Bytes(dst, isV4)]), SymmetricHash.Of(key));
            Assert.Equal(SymmetricHash.Of(key), SymmetricHash.Of(reply));
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void Hash_spreads_clients_of_one_pod_over_the_loops(int loops)
    {
        int[] owned = new int[loops];
        for (uint i = 0; i < 1024; i++)
        {
            ParsedPacket packet = new() { Status = ParseStatus.Ip, Key = new FlowKey { SrcAddr = 0x0a090000 + i, DstAddr = 0x0a000002, IpVersion = 4 } };
            owned[SymmetricHash.OwnerOf(packet, loops, 0)]++;
        }

        Assert.All(owned, count => Assert.InRange(count, 1024 / loops / 2, 1024 / loops * 2));
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 3)]
    [InlineData(3, 5)]
    public void Several_loops_pass_and_drop_what_one_does(int seed, int loops)
    {
        List<string> one = Replay(EngineRig.Small, seed);
        List<string> several = Replay(EngineRig.Small with { Cpus = [.. Enumerable.Repeat(0, loops)] }, seed);
        Assert.Contains(one, line => line.Contains("FragmentWithoutFirst", StringComparison.Ordinal));
        Assert.Contains(one, line => line.StartsWith("RelatedIcmp", StringComparison.Ordinal) && !line.EndsWith(" 0", StringComparison.Ordinal));
        Assert.Equal(one, several);
    }

    [Fact]
    public void A_connection_lives_on_one_loop_and_all_loops_have_some()
    {
        const ulong pod = 0x02_00_00_00_0c_01, remote = 0x02_00_00_00_0c_02;
        using SwitchRig rig = Ready(s_two);
        for (int i = 0; i < 64; i++)
        {
            rig.Send(SwitchRig.Uplink, FrameBuilder.Ip($"10.9.0.{i}", RandomFrames.Pod).Macs(remote, pod).Tcp(1, 80));
            Assert.Equal("0", rig.Send(SwitchRig.SharedPort, FrameBuilder.Ip(RandomFrames.Pod, $"10.9.0.{i}").Macs(pod, remote).Tcp(80, 1, 0x12)));
        }

        Assert.Equal(64, rig.DataPath.ConnectionCount);
        Assert.All(rig.DataPath.Loops, loop => Assert.InRange(loop.Connections, 16, 48));
        Assert.Equal(64ul, rig.Counters.Decisions[DecisionKind.Established]);
        Assert.Equal(128ul, rig.Counters.RxPkts);
    }

    [Fact]
    public void A_station_that_one_loop_has_heard_is_known_to_all()
    {
        using SwitchRig rig = Ready(s_two);
        ulong mac = 0x02_00_00_00_0c_01;
        rig.Send(SwitchRig.SharedPort, FrameBuilder.Ip(RandomFrames.Pod, "10.9.0.1").Macs(mac, 0x02_00_00_00_0c_02).Udp(1, 1));
        for (int i = 0; i < 16; i++)
        {
            Assert.Equal(
                "2", rig.Send(SwitchRig.Uplink, FrameBuilder.Ip($"10.9.0.{i}", RandomFrames.Pod).Macs(9 + (ulong)i, mac).Tcp(1, 80)));
        }

        Assert.Equal(0ul, rig.Counters.FloodedCopies);
    }

    [Fact]
    public void Denied_packets_are_numbered_as_those_of_one_loop()
    {
        using SwitchRig rig = Ready(s_two);
        for (int i = 0; i < 20; i++)
        {
            rig.NowMs++;
            rig.Send(SwitchRig.Uplink, FrameBuilder.Ip($"10.9.0.{i}", RandomFrames.Pod).Tcp(100 + i, 81));
        }

        ImmutableArray<DeniedPacket> denied = [.. rig.DataPath.ReadDenied()];
        Assert.Equal(Enumerable.Range(1, 20).Select(i => (long)i), denied.Select(d => d.Sequence));
        Assert.Equal(Enumerable.Range(100, 20), denied.Select(d => (int)d.SrcL4Port));
        rig.Send(SwitchRig.Uplink, FrameBuilder.Ip("10.9.0.1", RandomFrames.Pod).Tcp(7, 81));
        Assert.Equal((21L, 7), (rig.DataPath.ReadDenied()[^1].Sequence, (int)rig.DataPath.ReadDenied()[^1].SrcL4Port));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Denied_packets_of_all_loops_are_counted_whichever_way_they_were_denied(bool isNative)
    {
        // From the second packet on, what is denied again is known by its tuple.
        using SwitchRig rig = Ready(s_two with { Library = isNative ? Native.Library : null });
        Assert.Empty(rig.DataPath.TakeDeniedTally());
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < 20; i++)
            {
                rig.Send(SwitchRig.Uplink, FrameBuilder.Ip($"10.9.0.{i}", RandomFrames.Pod).Tcp(100 + i, 81));
                rig.Send(SwitchRig.Uplink, FrameBuilder.Ip($"10.9.0.{i}", RandomFrames.Pod).Udp(100 + i, 81));
            }
        }

        IReadOnlyList<DeniedTallyEntry> entries = rig.DataPath.TakeDeniedTally();

        DeniedTallyEntry total = Assert.Single(entries, entry => entry.Src is null || entry.Dst is null);
        Assert.Equal((DropReason.IngressDenied, 120L), (total.Reason, total.Packets));
        Assert.Equal(40, entries.Count - 1);
        Assert.All(entries.Where(entry => entry != total), entry => Assert.Equal(3, entry.Packets));
        Assert.All(entries.Where(entry => entry.IpProto == 6), entry => Assert.True(entry.IsBareSyn));
        Assert.Empty(rig.DataPath.TakeDeniedTally());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Threads_hand_over_forward_and_stop_and_lose_no_buffer(bool isNative)
    {
        FallbackOptions options = s_two with { Library = isNative ? Native.Library : null };
        for (int round = 0; round < 5; round++)
        {
            using SwitchRig rig = new SwitchRig(dpdk, options, hasClock: false).With(Guarded());
            rig.DataPath.Start();
            int delivered = 0;
            for (int i = 0; i < 500; i++)
            {
                rig.Put(SwitchRig.Uplink, FrameBuilder.Ip($"10.9.0.{i % 250}", RandomFrames.Pod).Macs(9, 8).Tcp(1, 80).Build());
                Assert.True(
                    SpinWait.SpinUntil(
                        () =>
                        {
                            rig.TakeAll(SwitchRig.PodPort);
                            return (delivered += rig.TakeAll(SwitchRig.SharedPort).Count) > i - 16;
                        },
                        PatienceMs),
                    $"{delivered} of {i}: {string.Join(' ', rig.Counters.Drops.Where(entry => entry.Value > 0))}");
            }

            rig.DataPath.Stop();
            Assert.Null(rig.DataPath.Fault);
            Assert.All(rig.DataPath.Loops, loop => Assert.Equal(WorkerState.Stopped, loop.State));
            Assert.All(rig.DataPath.Loops, loop => Assert.True(loop.Connections > 0));
        }
    }

    [Fact]
    public void A_port_that_spreads_gets_a_queue_for_each_loop()
    {
        EthPort port = dpdk.Eal.AttachVdev("net_null_spread", "no-rx=1");
        try
        {
            EthPortOptions queues = FallbackDataPath.QueuesFor(port, 2);
            Assert.Equal((2, 2), ((int)queues.RxQueues, (int)queues.TxQueues));
            port.Configure(queues, dpdk.Pool);
            port.Start();
            Assert.Equal((2, 2), ((int)port.Info.RxQueues, (int)port.Info.TxQueues));
            Assert.Equal((1, 1), ((int)FallbackDataPath.QueuesFor(dpdk.Ports[0], 2).RxQueues, (int)FallbackDataPath.QueuesFor(dpdk.Ports[0], 2).TxQueues));
        }
        finally
        {
            port.Close();
            dpdk.Eal.DetachVdev("net_null_spread");
        }
    }

    private static Policy.Resolve.LocalEndpoint Guarded() =>
        Snapshots.Pod(RandomFrames.Pod, Snapshots.Allow("0.0.0.0/0 : tcp/80"));

    private static UInt128 Address(Random random, bool isV4) =>
        isV4 ? (uint)random.NextInt64(1L << 32) : new UInt128((ulong)random.NextInt64(), (ulong)random.NextInt64());

    private static byte[] Bytes(UInt128 addr, bool isV4) =>
        [.. Enumerable.Range(0, isV4 ? 4 : 16).Select(i => unchecked((byte)(addr >> (8 * ((isV4 ? 3 : 15) - i)))))];

    /// <summary>As its definition says: the key slides over the input bit by bit.</summary>
    private static uint Toeplitz(byte[] input)
    {
        uint hash = 0;
        for (int bit = 0; bit < input.Length * 8; bit++)
        {
            bool isSet = (input[bit / 8] >> (7 - (bit % 8)) & 1) != 0;
            uint window = 0;
            for (int i = 0; i < 32; i++)
            {
                int keyBit = (bit + i) % 16;
                window = (window << 1) | (uint)(SymmetricHash.KeyWord >> (15 - keyBit) & 1);
            }

            hash ^= isSet ? window : 0;
        }

        return hash;
    }

    private List<string> Replay(FallbackOptions options, int seed)
    {
        RandomFrames frames = new(seed);
        // Room enough that no table forgets by chance: several loops have more of it than one.
        using SwitchRig rig = Ready(options with { DeniedRingEntries = 8, FragmentCapacity = 1 << 12 });
        List<string> lines = [];
        for (int i = 0; i < 600; i++)
        {
            (int port, byte[] frame) = frames.Next();
            rig.NowMs += 7;
            lines.Add($"{i}: {rig.Send(port, frame)}");
        }

        lines.AddRange(rig.Counters.Drops.Select(entry => $"{entry.Key} {entry.Value}"));
        lines.AddRange(rig.Counters.Decisions.Select(entry => $"{entry.Key} {entry.Value}"));
        lines.Add($"{rig.DataPath.ConnectionCount}");
        return lines;
    }

    private SwitchRig Ready(FallbackOptions options) => new SwitchRig(dpdk, options).With(Snapshots.Pod(RandomFrames.OpenPod), Guarded());
}
