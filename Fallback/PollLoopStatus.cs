using NetPolNic.Fallback.Worker;

namespace NetPolNic.Fallback;

/// <summary>How one poll loop fares.</summary>
/// <param name="Index">The loop among its siblings, from 0.</param>
/// <param name="Cpu">The CPU that it is confined to, or null.</param>
/// <param name="State">What its thread does.</param>
/// <param name="SincePoll">
/// How long ago it last polled; one that is running does every few milliseconds. Zero before the first poll.
/// </param>
/// <param name="Connections">Connections and tombstones that it tracks, as of its last poll.</param>
/// <param name="Fault">What ended its thread, or null.</param>
public sealed record PollLoopStatus(int Index, int? Cpu, WorkerState State, TimeSpan SincePoll, int Connections, Exception? Fault);
