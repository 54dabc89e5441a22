using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net.Sockets;
using NetPolNic.Policy.Model;

namespace NetPolNic.Agent.Live;

/// <summary>Looks at every frame that reaches a host, before its kernel's stack does, and counts those of certain flows.</summary>
internal sealed class Sniffer : IAsyncDisposable
{
    private const int EthernetBytes = 14;
    private const int AllProtocolsBe = 0x0300;

    private readonly CancellationTokenSource _stop = new();
    private readonly Socket _socket;
    private readonly ImmutableHashSet<(IpAddr Src, IpAddr Dst, byte IpProto, ushort L4Port)> _flows;
    private readonly Task _loop;
    private long _matching;

    /// <summary>Starts to look.</summary>
    /// <param name="host">Where.</param>
    /// <param name="pairs">Which flows count; those to other hosts are never seen here.</param>
    public Sniffer(LiveHost host, IEnumerable<LivePair> pairs)
    {
        _flows =
        [
            .. pairs.Select(pair => (
                pair.Client.Endpoint.Addresses.First(addr => addr.Family == pair.Question.Family),
                pair.Server.Endpoint.Addresses.First(addr => addr.Family == pair.Question.Family),
                pair.Question.WireProto,
                pair.Question.L4Port)),
        ];
        _socket = host.Namespace.Run(() =>
            new Socket(AddressFamily.Packet, SocketType.Raw, (ProtocolType)AllProtocolsBe));
        _loop = LookAsync();
    }

    /// <summary>Frames of the flows so far.</summary>
    public long Matching => Volatile.Read(ref _matching);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _socket.Dispose();
        _stop.Dispose();
    }

    /// <summary>Source, destination, protocol and destination port of a frame with an untagged IP packet; null of others.</summary>
    internal static (IpAddr Src, IpAddr Dst, byte IpProto, ushort L4Port)? FlowOf(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < EthernetBytes + 24)
        {
            return null;
        }

        ReadOnlySpan<byte> ip = frame[EthernetBytes..];
        ushort type = BinaryPrimitives.ReadUInt16BigEndian(frame[12..]);
        if (type == 0x0800)
        {
            ReadOnlySpan<byte> l4 = ip[Math.Min(ip.Length, (ip[0] & 15) * 4)..];
            return l4.Length < 4 ? null : (
                IpAddr.V4(BinaryPrimitives.ReadUInt32BigEndian(ip[12..])),
                IpAddr.V4(BinaryPrimitives.ReadUInt32BigEndian(ip[16..])),
                ip[9],
                BinaryPrimitives.ReadUInt16BigEndian(l4[2..]));
        }

        return type != 0x86dd || ip.Length < 44 ? null : (
            IpAddr.V6(BinaryPrimitives.ReadUInt128BigEndian(ip[8..])),
            IpAddr.V6(BinaryPrimitives.ReadUInt128BigEndian(ip[24..])),
            ip[6],
            BinaryPrimitives.ReadUInt16BigEndian(ip[42..]));
    }

    private async Task LookAsync()
    {
        byte[] buffer = new byte[65536];
        try
        {
            while (true)
            {
                int got = await _socket.ReceiveAsync(buffer.AsMemory(), _stop.Token).ConfigureAwait(false);
                if (FlowOf(buffer.AsSpan(0, got)) is { } flow && _flows.Contains(flow))
                {
                    Interlocked.Increment(ref _matching);
                }
            }
        }
        catch (Exception problem) when (problem is OperationCanceledException or ObjectDisposedException)
        {
            // The end.
        }
    }
}
