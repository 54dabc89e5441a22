using System.Runtime.InteropServices;

namespace NetPolNic.Benches.Datapath.Loop;

/// <summary>
/// Paces the first two ports, as peers/paced.c does it. Made between the ports' start and the data path's making: what reads
/// the burst pointers afterwards goes through it.
/// </summary>
internal sealed unsafe class PacedPorts : IDisposable
{
    /// <summary>Packets that a queue holds.</summary>
    public const int QueueLength = 1024;

    private const int Buckets = 100_000;
    private const int HeadWords = 5;
    private const int BucketNs = 100;

    private readonly delegate* unmanaged<double, void> _set;
    private readonly delegate* unmanaged<ulong*, void> _read;

    public PacedPorts(string library)
    {
        nint handle = NativeLibrary.Load(library);
        _set = (delegate* unmanaged<double, void>)NativeLibrary.GetExport(handle, "paced_set");
        _read = (delegate* unmanaged<ulong*, void>)NativeLibrary.GetExport(handle, "paced_read");
        ((delegate* unmanaged<uint, void>)NativeLibrary.GetExport(handle, "paced_install"))(QueueLength);
    }

    /// <summary>Sets the rate of both ports together, packets a second; 0: no limit.</summary>
    public RoundTimes Set(double packetsPerSecond)
    {
        _set(packetsPerSecond / 2);
        return new RoundTimes(0, 0, 0, 0, 0, 0, 0, 0);
    }

    /// <summary>What was counted since.</summary>
    public RoundTimes Read()
    {
        ulong[] words = new ulong[HeadWords + Buckets];
        fixed (ulong* at = words)
        {
            _read(at);
        }

        ReadOnlySpan<ulong> histogram = words.AsSpan(HeadWords);
        ulong rounds = words[2];
        return new RoundTimes(
            words[0], words[1], rounds, At(histogram, rounds, 0.5), At(histogram, rounds, 0.99), At(histogram, rounds, 0.9999), words[3],
            words[4]);
    }

    /// <summary>The library stays: the ports' receive functions are in it.</summary>
    public void Dispose()
    {
    }

    private static double At(ReadOnlySpan<ulong> histogram, ulong rounds, double share)
    {
        ulong rest = (ulong)(rounds * share);
        for (int i = 0; i < histogram.Length; i++)
        {
            if (rest <= histogram[i])
            {
                return (i + 1) * (double)BucketNs;
            }

            rest -= histogram[i];
        }

        return histogram.Length * (double)BucketNs;
    }
}
