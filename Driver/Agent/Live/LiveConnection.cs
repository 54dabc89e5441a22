using System.Net;
using System.Net.Sockets;

namespace NetPolNic.Agent.Live;

/// <summary>A client's connection to an <see cref="EchoServers"/> server.</summary>
internal sealed class LiveConnection : IDisposable
{
    private readonly Socket _socket;

    private LiveConnection(Socket socket) => _socket = socket;

    /// <summary>Connects and asks for an echo, or for a hash.</summary>
    public static async Task<LiveConnection> OpenAsync(
        LiveHost from,
        LiveHost to,
        LiveQuestion question,
        CancellationToken bound,
        byte wish = EchoServers.Echo)
    {
        Socket socket = from.Open(question.Family, SocketType.Stream, (ProtocolType)question.IpProto);
        try
        {
            if (question.IpProto == (byte)ProtocolType.Tcp)
            {
                socket.NoDelay = true;
            }

            IPEndPoint target = new(to.AddressOf(question.Family)!, question.L4Port);
            await socket.ConnectAsync(target, bound).ConfigureAwait(false);
            await EchoServers.SendAllAsync(socket, new[] { wish }, bound).ConfigureAwait(false);
            return new LiveConnection(socket);
        }
        catch (Exception)
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends, and says whether the same bytes come back. Waits as long as it is let.</summary>
    public async Task<bool> ExchangeAsync(ReadOnlyMemory<byte> bytes, CancellationToken bound)
    {
        Task sending = EchoServers.SendAllAsync(_socket, bytes, bound);
        byte[] answer = await ReadAsync(bytes.Length, bound).ConfigureAwait(false);
        await sending.ConfigureAwait(false);
        return bytes.Span.SequenceEqual(answer);
    }

    /// <summary>Whether an exchange comes to its end within a limit.</summary>
    public async Task<bool> ExchangesWithinAsync(ReadOnlyMemory<byte> bytes, TimeSpan limit, CancellationToken cancellation)
    {
        using CancellationTokenSource bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bound.CancelAfter(limit);
        try
        {
            return await ExchangeAsync(bytes, bound.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Sends without an answer.</summary>
    public Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken bound) =>
        EchoServers.SendAllAsync(_socket, bytes, bound);

    /// <summary>Says that nothing more is sent.</summary>
    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Reads so many bytes, or fewer where the other side ends.</summary>
    public async Task<byte[]> ReadAsync(int count, CancellationToken bound)
    {
        byte[] bytes = new byte[count];
        int have = 0;
        while (have < count)
        {
            int got = await _socket.ReceiveAsync(bytes.AsMemory(have), SocketFlags.None, bound).ConfigureAwait(false);
            if (got == 0)
            {
                break;
            }

            have += got;
        }

        return bytes[..have];
    }

    public void Dispose() => _socket.Dispose();
}
