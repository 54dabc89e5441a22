using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Dpdk.Flow;
using NetPolNic.Agent.Commands;
using NetPolNic.Agent.Emulation;
using NetPolNic.Agent.Packets;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Agent.Verify;

/// <summary>
/// Has stock dpdk-testpmd validate and create every rule on the emulated NIC, sends packets through it, and compares what
/// came out with the plan and the policy. Nothing of ours is in the packets' way but the emulated NIC.
/// </summary>
internal sealed partial class VerifyRun(OffloadPlan plan, NicCapabilities nic, ImmutableArray<VerifyPacket> packets)
{
    // testpmd sees the pcap source (owned by the emulated NIC), the emulated NIC, and the pcap sink, in this order.
    private const ushort NicEthPortId = 1;
    private const int TagBytes = 4;

    private readonly List<string> _differences = [];
    private readonly int?[] _flowIds = new int?[plan.Rules.Length];

    /// <summary>Runs the whole verification in a folder of its own under the temp folder.</summary>
    public async Task<VerifyReport> RunAsync(CancellationToken cancellation)
    {
        string driver = EmunicLibrary.Locate();
        DirectoryInfo folder = Directory.CreateTempSubdirectory("netpolnic-verify-");
        try
        {
            string input = Path.Combine(folder.FullName, "in.pcap");
            string output = Path.Combine(folder.FullName, "out.pcap");
            PcapFile.Write(input, packets.Select(packet => packet.Frame));
            int created;
            ImmutableArray<ulong?> hits;
            TestpmdSession session = await TestpmdSession.StartAsync(
                [
                    "-d", driver,
                    "--vdev", $"net_pcap0,rx_pcap={input},tx_pcap={Path.Combine(folder.FullName, "unused.pcap")}",
                    "--vdev", $"net_emunic0,backend=net_pcap0,{nic.ToEmunicArgs()}",
                    "--vdev", $"net_pcap1,tx_pcap={output}",
                ],
                cancellation).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                created = await CreateRulesAsync(session, cancellation).ConfigureAwait(false);
                await ForwardAsync(session, cancellation).ConfigureAwait(false);
                hits = await ReadHitsAsync(session, cancellation).ConfigureAwait(false);
            }

            int dropped = Compare(PcapFile.Read(output));
            return new VerifyReport(plan.Rules.Length, created, packets.Length, dropped, hits, [.. _differences]);
        }
        finally
        {
            folder.Delete(recursive: true);
            EmunicLibrary.Release(driver);
        }
    }

    private async Task<int> CreateRulesAsync(TestpmdSession session, CancellationToken cancellation)
    {
        int created = 0;
        for (int index = 0; index < plan.Rules.Length; index++)
        {
            PlannedRule rule = plan.Rules[index];
            string validate = TestpmdSyntax.Format(rule.Spec, NicEthPortId, "validate");
            string answer = await session.SendAsync(validate, cancellation).ConfigureAwait(false);
            bool confirmed = answer.Contains("Flow rule validated", StringComparison.Ordinal);
            if (confirmed)
            {
                string create = TestpmdSyntax.Format(rule.Spec, NicEthPortId);
                answer = await session.SendAsync(create, cancellation).ConfigureAwait(false);
                Match line = CreatedLine().Match(answer);
                confirmed = line.Success;
                _flowIds[index] = confirmed ? int.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture) : null;
            }

            if (confirmed)
            {
                created++;
            }
            else
            {
                _differences.Add($"testpmd refused: {validate}\n    {answer.Replace("\n", "\n    ", StringComparison.Ordinal)}");
            }
        }

        string list = await session.SendAsync($"flow list {NicEthPortId}", cancellation).ConfigureAwait(false);
        int listed = ListedLine().Count(list);
        if (listed != created)
        {
            _differences.Add(string.Create(
                CultureInfo.InvariantCulture, $"testpmd confirmed {created} rules and lists {listed}"));
        }

        return created;
    }

    private async Task<ImmutableArray<ulong?>> ReadHitsAsync(TestpmdSession session, CancellationToken cancellation)
    {
        ImmutableArray<ulong?>.Builder hits = ImmutableArray.CreateBuilder<ulong?>(_flowIds.Length);
        for (int index = 0; index < _flowIds.Length; index++)
        {
            // A rule that does not count has nothing to query, and testpmd's complaint may stand in the middle of its prompt.
            int? id = plan.Rules[index].Spec.Actions.Any(action => action is CountAction) ? _flowIds[index] : null;
            string answer = id is null ? "" : await session.SendAsync(
                string.Create(CultureInfo.InvariantCulture, $"flow query {NicEthPortId} {id} count"), cancellation)
                .ConfigureAwait(false);
            Match match = HitsLine().Match(answer);
            hits.Add(match.Success ? ulong.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : null);
        }

        return hits.ToImmutable();
    }

    private async Task ForwardAsync(TestpmdSession session, CancellationToken cancellation)
    {
        await session.SendAsync("start", cancellation).ConfigureAwait(false);
        using CancellationTokenSource bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bound.CancelAfter(TimeSpan.FromSeconds(60));
        long seen = 0;
        while (seen < packets.Length)
        {
            string xstats =
                await session.SendAsync($"show port xstats {NicEthPortId}", cancellation).ConfigureAwait(false);
            Match match = TotalLine().Match(xstats);
            seen = match.Success ? long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
            if (bound.IsCancellationRequested)
            {
                throw new UnusableInputException(string.Create(
                    CultureInfo.InvariantCulture, $"testpmd took only {seen} of {packets.Length} packets within 60 s"));
            }
        }

        await session.SendAsync("stop", cancellation).ConfigureAwait(false);
    }

    private int Compare(IReadOnlyList<byte[]> passed)
    {
        bool[] arrived = new bool[packets.Length];
        foreach (byte[] frame in passed)
        {
            uint tag = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(frame.Length - TagBytes));
            if (tag < arrived.Length && frame.AsSpan().SequenceEqual(packets[(int)tag].Frame))
            {
                arrived[tag] = true;
            }
            else
            {
                _differences.Add("a frame came out that was not sent");
            }
        }

        for (int i = 0; i < packets.Length; i++)
        {
            VerifyPacket packet = packets[i];
            if (!arrived[i] && !packet.DeniedInAnyState)
            {
                _differences.Add($"the NIC dropped what policy may allow: {packet.Description}");
            }
            else if (arrived[i] == packet.PlannedDrop)
            {
                _differences.Add($"the NIC {(arrived[i] ? "delivered" : "dropped")} against the plan: {packet.Description}");
            }
        }

        return arrived.Count(came => !came);
    }

    [GeneratedRegex(@"Flow rule #(\d+) created")]
    private static partial Regex CreatedLine();

    [GeneratedRegex(@"\bhits: (\d+)")]
    private static partial Regex HitsLine();

    [GeneratedRegex(@"^\d+\t", RegexOptions.Multiline)]
    private static partial Regex ListedLine();

    [GeneratedRegex(@"emunic_rx_total: (\d+)")]
    private static partial Regex TotalLine();
}
