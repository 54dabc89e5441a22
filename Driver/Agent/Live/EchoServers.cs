using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using NetPolNic.Policy.Model;

namespace NetPolNic.Agent.Live;

/// <summary>
/// Servers in every host, on every port that is asked about. A connection's first byte says what it wants: an echo, or the
/// SHA-256 of what follows. Datagrams are echoed.
/// </summary>
internal sealed class EchoServers : IAsyncDisposable
{
    /// <summary>First byte of a connection that wants its bytes back.</summary>
    public const byte Echo = (byte)'E';

    /// <summary>First byte of a connection that wants the hash of its bytes, once it has sent its last.</summary>
    public const byte Hash = (byte)'H';

    /// <summary>Bytes of the number that each datagram begins with.</summary>
    public const int TokenBytes = sizeof(ulong);

    private const int LargestDatagram = 65535;
    private const int Backlog = 512;

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<ulong, bool> _arrived = [];
    private readonly ConcurrentDictionary<Socket, bool> _open = [];
    private readonly List<Task> _loops = [];

    /// <summary>Opens every socket, then serves.</summary>
    /// <param name="hosts">Where.</param>
    /// <param name="questions">Protocols, ports and families; pings need no server.</param>
    /// <exception cref="LiveException">A socket cannot be opened.</exception>
    public EchoServers(IEnumerable<LiveHost> hosts, ImmutableArray<LiveQuestion> questions)
    {
        foreach (LiveHost host in hosts)
        {
            foreach (LiveQuestion question in questions.Where(question =>
                question.IpProto != LiveQuestion.Icmp && host.AddressOf(question.Family) is not null))
            {
                bool datagrams = question.IpProto == (byte)L4Proto.Udp;
                Socket socket = host.Open(
                    question.Family,
                    datagrams ? SocketType.Dgram : SocketType.Stream,
                    (ProtocolType)question.IpProto,
                    question.L4Port);
                _open[socket] = true;
                if (datagrams)
                {
                    _loops.Add(EchoDatagramsAsync(socket));
                }
                else
                {
                    socket.Listen(Backlog);
                    _loops.Add(AcceptAsync(socket));
                }
            }
        }
    }

    /// <summary>Whether a datagram with this number has arrived anywhere.</summary>
    public bool HasArrived(ulong token) => _arrived.ContainsKey(token);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        foreach (Socket socket in _open.Keys)
        {
            socket.Dispose();
        }

        await Task.WhenAll(_loops).ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Socket accepted = await listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
                _open[accepted] = true;
                _ = ServeAsync(accepted);
            }
            catch (Exception problem) when (problem is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // A connection that went away before it was accepted.
            }
        }
    }

    private async Task ServeAsync(Socket accepted)
    {
        byte[] buffer = new byte[64 * 1024];
        try
        {
            int got = await accepted.ReceiveAsync(buffer.AsMemory(0, 1), _stop.Token).ConfigureAwait(false);
            if (got == 1 && buffer[0] == Hash)
            {
                await HashAsync(accepted, buffer).ConfigureAwait(false);
                return;
            }

            while (got > 0)
            {
                got = await accepted.ReceiveAsync(buffer.AsMemory(), _stop.Token).ConfigureAwait(false);
                await SendAllAsync(accepted, buffer.AsMemory(0, got), _stop.Token).ConfigureAwait(false);
            }
        }
        catch (Exception problem) when (problem is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client gave up, or the show is over.
        }
        finally
        {
            _open.TryRemove(accepted, out _);
            accepted.Dispose();
        }
    }

    private async Task HashAsync(Socket accepted, byte[] buffer)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        int got;
        while ((got = await accepted.ReceiveAsync(buffer.AsMemory(), _stop.Token).ConfigureAwait(false)) > 0)
        {
            hash.AppendData(buffer, 0, got);
        }

        await SendAllAsync(accepted, hash.GetHashAndReset(), _stop.Token).ConfigureAwait(false);
        accepted.Shutdown(SocketShutdown.Send);
    }

    private async Task EchoDatagramsAsync(Socket socket)
    {
        byte[] buffer = new byte[LargestDatagram];
        EndPoint any = new IPEndPoint(
            socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                SocketReceiveFromResult got =
                    await socket.ReceiveFromAsync(buffer, SocketFlags.None, any, _stop.Token).ConfigureAwait(false);
                if (got.ReceivedBytes >= TokenBytes)
                {
                    _arrived[BinaryPrimitives.ReadUInt64BigEndian(buffer)] = true;
                }

                await socket.SendToAsync(
                    buffer.AsMemory(0, got.ReceivedBytes), SocketFlags.None, got.RemoteEndPoint, _stop.Token).ConfigureAwait(false);
            }
            catch (Exception problem) when (problem is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // An ICMP error about an earlier answer.
            }
        }
    }

    /// <summary>Sends every byte.</summary>
    internal static async Task SendAllAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        while (!bytes.IsEmpty)
        {
            int sent = await socket.SendAsync(bytes, SocketFlags.None, cancellation).ConfigureAwait(false);
            bytes = bytes[sent..];
        }
    }
}
