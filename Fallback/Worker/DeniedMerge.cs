namespace NetPolNic.Fallback.Worker;

/// <summary>The denied packets of several loops as those of one: numbered anew in the order of their time. Any thread.</summary>
internal sealed class DeniedMerge(IReadOnlyList<PollWorker> workers)
{
    private readonly Lock _gate = new();
    private readonly long[] _seen = new long[workers.Count];
    private readonly Queue<DeniedPacket> _recent = new();
    private long _sequence;
    private int _capacity;

    /// <summary>The last ones, oldest first; a gap in their numbers says how many were missed.</summary>
    public IReadOnlyList<DeniedPacket> Read()
    {
        lock (_gate)
        {
            List<DeniedPacket> fresh = [];
            int capacity = 0;
            for (int i = 0; i < workers.Count; i++)
            {
                IReadOnlyList<DeniedPacket> packets = workers[i].ReadDenied();
                capacity += packets.Count;
                int before = fresh.Count;
                fresh.AddRange(packets.Where(packet => packet.Sequence > _seen[i]));
                if (fresh.Count > before)
                {
                    long last = fresh[^1].Sequence;
                    _sequence += last - _seen[i] - (fresh.Count - before);
                    _seen[i] = last;
                }
            }

            foreach (DeniedPacket packet in fresh.OrderBy(packet => packet.AtMs))
            {
                _sequence++;
                _recent.Enqueue(packet with { Sequence = _sequence });
            }

            _capacity = Math.Max(_capacity, capacity);
            while (_recent.Count > _capacity)
            {
                _recent.Dequeue();
            }

            return [.. _recent];
        }
    }
}
