using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;

namespace NetPolNic.VmGuest;

/// <summary>
/// Sends the frames of a file and notes what comes in where. Each frame ends in a tag of four bytes. After each run of
/// frames of one port, and at least every <see cref="RunLength"/>, a sentinel follows on that port and is waited for: what
/// was sent before it has then been decided, because ports are queues.
/// </summary>
internal sealed class Player(PacketSocket[] sockets, byte[][] sentinels, bool reflects) : IDisposable
{
    /// <summary>Half of what a tap's queue holds would do; fewer are in flight where a run ends earlier.</summary>
    private const int RunLength = 128;

    private const uint SentinelTag = 0x5e00_0000;
    private const uint TagKind = 0xff00_0000;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    private readonly uint[] _lastSentinel = new uint[sockets.Length];
    private readonly List<(int Port, uint Tag)> _arrived = [];
    private uint _sentinels;

    /// <summary>Sentinels sent so far.</summary>
    public uint SentinelCount => _sentinels;

    /// <summary>Frames of a file: port (1 byte), length (2 bytes, little-endian), the frame.</summary>
    public static List<(int Port, byte[] Frame)> Read(string path)
    {
        byte[] all = File.ReadAllBytes(path);
        List<(int Port, byte[] Frame)> frames = [];
        for (int at = 0; at < all.Length;)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(all.AsSpan(at + 1));
            frames.Add((all[at], all[(at + 3)..(at + 3 + length)]));
            at += 3 + length;
        }

        return frames;
    }

    /// <summary>Sends frames in order; returns once the last one has been decided.</summary>
    public void Play(IReadOnlyList<(int Port, byte[] Frame)> frames)
    {
        int run = 0;
        for (int i = 0; i < frames.Count; i++)
        {
            (int port, byte[] frame) = frames[i];
            sockets[port].Send(frame);
            if (++run == RunLength || i + 1 == frames.Count || frames[i + 1].Port != port)
            {
                run = 0;
                Settle(port);
            }
        }
    }

    /// <summary>Writes what arrived since the last call, a line "port tag" each.</summary>
    public void WriteArrived(string path)
    {
        File.WriteAllLines(path, _arrived.Select(
            arrival => string.Create(CultureInfo.InvariantCulture, $"{arrival.Port} {arrival.Tag}")));
        _arrived.Clear();
    }

    /// <summary>Sends sentinels on a port until one of them has come through: the way is open.</summary>
    public void WaitUntilOpen(int port)
    {
        Stopwatch clock = Stopwatch.StartNew();
        uint before = _sentinels;
        do
        {
            SendSentinel(port);
            Stopwatch turn = Stopwatch.StartNew();
            while (turn.ElapsedMilliseconds < 200)
            {
                Drain();
            }
        }
        while (_lastSentinel[port ^ 1] <= before && clock.Elapsed < s_patience);
        Settle(port);
    }

    public void Dispose()
    {
        foreach (PacketSocket socket in sockets)
        {
            socket.Dispose();
        }
    }

    private void Settle(int port)
    {
        uint wanted = SendSentinel(port);
        Stopwatch clock = Stopwatch.StartNew();
        bool back = reflects && port == 1;
        while (_lastSentinel[port ^ 1] != wanted || (back && _lastSentinel[port] != wanted))
        {
            Drain();
            if (clock.Elapsed > s_patience)
            {
                throw new TimeoutException(string.Create(
                    CultureInfo.InvariantCulture, $"sentinel {wanted} of port {port} did not come through"));
            }
        }

        Drain();
    }

    private uint SendSentinel(int port)
    {
        byte[] sentinel = sentinels[port];
        BinaryPrimitives.WriteUInt32BigEndian(sentinel.AsSpan(sentinel.Length - 4), SentinelTag | ++_sentinels);
        sockets[port].Send(sentinel);
        return _sentinels;
    }

    private void Drain()
    {
        for (int port = 0; port < sockets.Length; port++)
        {
            for (ReadOnlySpan<byte> frame; (frame = sockets[port].Receive()).Length >= 4;)
            {
                uint tag = BinaryPrimitives.ReadUInt32BigEndian(frame[^4..]);
                if ((tag & TagKind) == SentinelTag)
                {
                    _lastSentinel[port] = tag & ~TagKind;
                }
                else
                {
                    _arrived.Add((port, tag));
                }
            }
        }
    }
}
