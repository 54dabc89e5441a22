using System.Collections.Immutable;
using Dpdk.Ethdev;
using NetPolNic.Fallback;
using NetPolNic.Fallback.Worker;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Hosting;

/// <summary>Ports, NIC rules and the fallback, as the agent drives them.</summary>
internal interface IDataPlane : IDisposable
{
    /// <summary>The ports; an index into this list is an "index of an EthPort" below. Any thread.</summary>
    IReadOnlyList<EthPortInfo> Ports { get; }

    /// <summary>The plan of the last <see cref="Apply"/>. Apply loop's thread.</summary>
    OffloadPlan Plan { get; }

    /// <summary>One per port, by the last <see cref="Apply"/> or <see cref="Retry"/>. Apply loop's thread.</summary>
    ImmutableArray<ApplyReport> Reports { get; }

    /// <summary>Connections and tombstones that the fallback tracks. Any thread.</summary>
    int ConnectionCount { get; }

    /// <summary>Connections and tombstones that fit. Any thread.</summary>
    int ConnectionCapacity { get; }

    /// <summary>How long ago the poll loop that lags most last polled; a running one does every few milliseconds. Any thread.</summary>
    TimeSpan SincePoll { get; }

    /// <summary>Whose code the poll loops are: "native" or "managed". Any thread.</summary>
    string PollLoopCode => "managed";

    /// <summary>How each poll loop fares. Any thread.</summary>
    IReadOnlyList<PollLoopStatus> Loops => [new PollLoopStatus(0, null, State, SincePoll, ConnectionCount, Fault)];

    /// <summary>What the poll loops' threads do: running where all are. Any thread.</summary>
    WorkerState State { get; }

    /// <summary>What ended the poll loop, or null. Any thread.</summary>
    Exception? Fault { get; }

    /// <summary>
    /// Plans a policy and puts it in force on every port. Where it throws, the policy before it is still in force, and the
    /// next call makes up for what is missing. Apply loop's thread.
    /// </summary>
    ApplyOutcome Apply(PolicySnapshot snapshot);

    /// <summary>Asks the NICs again for what they refused or would not destroy. Apply loop's thread.</summary>
    ApplyOutcome Retry();

    /// <summary>A port has reset itself, and lost its rules. Apply loop's thread.</summary>
    bool NeedsRepair => false;

    /// <summary>
    /// Starts ports that have reset themselves again, and puts the policy in force back into them; nothing passes meanwhile.
    /// Where it throws, the next call tries again. Apply loop's thread.
    /// </summary>
    ApplyOutcome Repair() => throw new NotSupportedException();

    /// <summary>
    /// Looks at the traffic, and moves rules where the NIC's table is too small for all. The same policy stays in force.
    /// Apply loop's thread.
    /// </summary>
    /// <param name="elapsed">Time since the call before.</param>
    /// <returns>Null where nothing has moved; at no cost where everything fits.</returns>
    ApplyOutcome? Rechoose(TimeSpan elapsed) => null;

    /// <summary>What the choices for a table that is too small have come to. Apply loop's thread.</summary>
    TableChoices Choices => TableChoices.None;

    /// <summary>What the rules in a port's NIC have counted. Apply loop's thread.</summary>
    ImmutableArray<RuleCounters> ReadRuleCounters(int ethPortIndex);

    /// <summary>A port's own counters. Any thread.</summary>
    EthStats ReadEthStats(int ethPortIndex);

    /// <summary>The fallback's counters. Any thread.</summary>
    FallbackCounters ReadFallback();

    /// <summary>The fallback's counters of each port, in the order of <see cref="Ports"/>. Any thread.</summary>
    ImmutableArray<FallbackPortCounters> ReadFallbackPorts();

    /// <summary>What would become of a packet now; changes no state. Any thread.</summary>
    /// <exception cref="ArgumentException">The addresses are of two families.</exception>
    /// <exception cref="TimeoutException">The poll loop hangs.</exception>
    FallbackTrace Trace(in FallbackProbe probe);

    /// <summary>The last packets that policy denied, oldest first. Any thread.</summary>
    IReadOnlyList<DeniedPacket> ReadDenied();
}
