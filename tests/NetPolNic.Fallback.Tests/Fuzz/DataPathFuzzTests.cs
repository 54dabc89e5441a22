using System.Globalization;
using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Parsing;
using NetPolNic.Fallback.Switching;
using NetPolNic.Fallback.Tests.Rig;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Fallback.Tests.Fuzz;

/// <summary>
/// Millions of good, bad and broken frames through parser, guard, connection table, policy and switch. Each frame ends at a
/// page that cannot be touched: whoever reads behind it is killed. The long run (<c>./test.sh --long</c>) takes 10^8.
/// </summary>
public sealed unsafe class DataPathFuzzTests
{
    private const int Burst = 32;
    private const int BoundedFrames = 600_000;
    private const int LongFrames = 100_000_000;
    private const uint Seed = 20;

    private static bool IsLong => Environment.GetEnvironmentVariable("NETPOLNIC_TEST_LONG") == "1";

    [Fact]
    public void No_frame_breaks_the_data_path_and_its_tables_stay_whole()
    {
        FallbackOptions options = EngineRig.Small with { ConnectionCapacity = 128, FragmentCapacity = 16, BurstPkts = Burst };
        using TwinWorkers twins = new(options);
        PolicySnapshot[] snapshots = Policies();
        using GuardedFrames frames = new(Burst, FrameMutator.MaxBytes);
        using NativeBlock<PacketOutcome> outcomes = new(Burst);
        int* lengths = stackalloc int[Burst];
        byte** places = stackalloc byte*[Burst];
        FrameMutator mutator = new(Seed);
        byte[] scratch = new byte[FrameMutator.MaxBytes];
        long frameCount = IsLong ? LongFrames : BoundedFrames;
        long nowMs = 1000;
        ulong forwarded = 0;
        for (long sent = 0; sent < frameCount; sent += Burst)
        {
            if (sent % (Burst * 1024) == 0)
            {
                twins.Publish(snapshots[(sent / (Burst * 1024)) % snapshots.Length]);
            }

            for (int i = 0; i < Burst; i++)
            {
                lengths[i] = mutator.Next(scratch);
                places[i] = frames.Place(i, scratch.AsSpan(0, lengths[i]));
            }

            nowMs += sent % (Burst * 512) == 0 ? 70_000 : 1; // Longer than any half-open connection lives.
            int inPort = (int)(sent / Burst % 3);
            twins.Run(places, lengths, outcomes.Pointer, Burst, inPort, nowMs);
            for (int i = 0; i < Burst; i++)
            {
                PacketOutcome outcome = outcomes.Pointer[i];
                Assert.True(outcome.Ports < 8 && outcome.Ports == 0 == (outcome.Reason != DropReason.None));
                Assert.True(outcome.Decision.IsForward || outcome.Ports == 0);
                forwarded += outcome.Ports != 0 ? 1UL : 0UL;
            }

            if (sent % (Burst * 256) == 0)
            {
                AssertWhole(twins.First);
                twins.AssertSame();
            }
        }

        AssertWhole(twins.First);
        twins.AssertSame();
        FallbackCounters counters = twins.Counters;
        string text = string.Create(CultureInfo.InvariantCulture, $"{counters}");
        Assert.True(forwarded > 0, text);
        Assert.True(counters.ConnectionsEvicted > 0 && counters.ConnectionsExpired > 0 && counters.ConnectionsCut > 0, text);
        Assert.True(counters.TcpImplausible > 0, text);
        Assert.All(
            [
                DropReason.Truncated, DropReason.Malformed, DropReason.ExtensionChain, DropReason.TinyFragment,
                DropReason.EtherType, DropReason.EgressDenied, DropReason.IngressDenied, DropReason.FragmentWithoutFirst,
                DropReason.SpoofedAddress, DropReason.SpoofedMac, DropReason.UnknownPod,
            ],
            reason => Assert.True(counters.Drops[reason] > 0, $"{reason}"));
    }

    [Fact]
    public void Reads_what_an_independent_library_reads_wherever_that_can_judge()
    {
        using GuardedBuffer buffer = new(FrameMutator.MaxBytes);
        FrameMutator mutator = new(Seed + 1);
        byte[] scratch = new byte[FrameMutator.MaxBytes];
        long frames = IsLong ? LongFrames / 100 : BoundedFrames / 10;
        long judged = 0;
        for (long i = 0; i < frames; i++)
        {
            byte[] frame = scratch[..mutator.Next(scratch)];
            if (SecondOpinion.TupleOf(frame) is not { } expected)
            {
                continue;
            }

            judged++;
            PacketParser.Parse(buffer.Place(frame), frame.Length, out ParsedPacket packet);
            Assert.True(packet.Status == ParseStatus.Ip && packet.Key == expected, $"{packet.Status} {packet.Key} {expected} {Convert.ToHexString(frame)}");
        }

        Assert.True(judged > frames / 20, $"{judged} of {frames}");
    }

    /// <summary>Every connection is found by its key, where it stands; the counts are right.</summary>
    private static void AssertWhole(EngineState* engine)
    {
        ConnectionTable* table = &engine->Connections;
        int count = 0;
        uint bits = 0;
        for (uint slot = 0; slot <= table->SlotMask; slot++)
        {
            Connection* connection = table->Slots + slot;
            bits += (uint)System.Numerics.BitOperations.PopCount(connection->Neighbours & ~1u);
            Assert.Equal(connection->IsUsed, table->Tags[slot] != 0);
            if (connection->IsUsed)
            {
                count++;
                ConnectionQuery query = new() { Key = connection->Key };
                query.Hash = query.Key.Hash(table->Seed);
                Assert.True(ConnectionTable.Find(table, &query) == connection);
                Assert.True(ConnectionTable.FindUnlikely(table, &query) == connection);
            }
        }

        Assert.Equal(table->Count, count);
        Assert.True(count <= table->Capacity && bits <= count);
    }

    private static PolicySnapshot[] Policies()
    {
        LocalEndpoint open = Snapshots.Pod("10.0.0.3 fd00::3");
        PolicySet some = Snapshots.Allow("10.0.0.0/24 fd00::/64 : tcp/79-80 udp/80 sctp/80");
        return
        [
            Snapshots.Of(Snapshots.Pod("10.0.0.1 fd00::1", some, Snapshots.Allow("0.0.0.0/0 ::/0 : all")), open),
            Snapshots.Of(Snapshots.Pod("10.0.0.1 fd00::1", Snapshots.Allow(), some), open),
            Snapshots.Of(Snapshots.Pod("10.0.0.1 fd00::1", some, some, uid: "another"), open),
        ];
    }
}
