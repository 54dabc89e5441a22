using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using NetPolNic.Policy.Model;

namespace NetPolNic.Agent.Live;

/// <summary>One real attempt to reach a host: connect and have a number echoed, a datagram, or a ping.</summary>
internal sealed class LiveAttempt(EchoServers servers)
{
    /// <summary>How long after its first packet an attempt sends another one.</summary>
    private static readonly TimeSpan s_again = TimeSpan.FromMilliseconds(700);

    /// <summary>Tries.</summary>
    /// <param name="from">Who.</param>
    /// <param name="to">Whom.</param>
    /// <param name="question">What.</param>
    /// <param name="limit">How long no answer has to be missing to count as none.</param>
    /// <param name="cancellation">Ends everything.</param>
    public async Task<LiveOutcome> TryAsync(
        LiveHost from, LiveHost to, LiveQuestion question, TimeSpan limit, CancellationToken cancellation)
    {
        using CancellationTokenSource bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bound.CancelAfter(limit);
        ulong token = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        try
        {
            return question.IpProto switch
            {
                LiveQuestion.Icmp => await PingAsync(from, to, question.Family, token, bound.Token).ConfigureAwait(false),
                (byte)L4Proto.Udp => await DatagramAsync(from, to, question, token, bound.Token).ConfigureAwait(false),
                _ => await ConnectAsync(from, to, question, bound.Token).ConfigureAwait(false),
            };
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return servers.HasArrived(token) ? LiveOutcome.HalfPassed : LiveOutcome.Denied;
        }
        catch (SocketException problem)
        {
            // Timed out: the kernel gave up before the limit. Anything else is an answer of somebody.
            return problem.SocketErrorCode == SocketError.TimedOut ? LiveOutcome.Denied : LiveOutcome.HalfPassed;
        }
    }

    /// <summary>Whether a datagram of a size comes back unchanged; sent again until then.</summary>
    public static async Task<bool> EchoesAsync(LivePair pair, int bytes, TimeSpan limit, CancellationToken cancellation)
    {
        using CancellationTokenSource bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bound.CancelAfter(limit);
        using Socket socket = pair.Client.Open(pair.Question.Family, SocketType.Dgram, ProtocolType.Udp);
        socket.SendBufferSize = 1 << 20;
        byte[] datagram = RandomNumberGenerator.GetBytes(bytes);
        IPEndPoint target = new(pair.Server.AddressOf(pair.Question.Family)!, pair.Question.L4Port);
        try
        {
            return await AskAsync(socket, datagram, target, got => got.AsSpan().SequenceEqual(datagram), bound.Token)
                .ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    private static async Task<LiveOutcome> ConnectAsync(
        LiveHost from, LiveHost to, LiveQuestion question, CancellationToken bound)
    {
        using LiveConnection connection =
            await LiveConnection.OpenAsync(from, to, question, bound).ConfigureAwait(false);
        try
        {
            return await connection.ExchangeAsync(RandomNumberGenerator.GetBytes(64), bound).ConfigureAwait(false)
                ? LiveOutcome.Passed
                : LiveOutcome.HalfPassed;
        }
        catch (OperationCanceledException)
        {
            return LiveOutcome.HalfPassed;
        }
    }

    private static async Task<LiveOutcome> DatagramAsync(
        LiveHost from, LiveHost to, LiveQuestion question, ulong token, CancellationToken bound)
    {
        using Socket socket = from.Open(question.Family, SocketType.Dgram, ProtocolType.Udp);
        byte[] datagram = new byte[256];
        BinaryPrimitives.WriteUInt64BigEndian(datagram, token);
        IPEndPoint target = new(to.AddressOf(question.Family)!, question.L4Port);
        return await AskAsync(socket, datagram, target, got => got.AsSpan().SequenceEqual(datagram), bound).ConfigureAwait(false)
            ? LiveOutcome.Passed
            : LiveOutcome.HalfPassed;
    }

    private static async Task<LiveOutcome> PingAsync(
        LiveHost from, LiveHost to, IpFamily family, ulong token, CancellationToken bound)
    {
        bool v6 = family == IpFamily.V6;
        using Socket socket = from.Open(family, SocketType.Raw, v6 ? ProtocolType.IcmpV6 : ProtocolType.Icmp);
        byte[] request = new byte[64];
        request[0] = (byte)(v6 ? 128 : 8);
        BinaryPrimitives.WriteUInt64BigEndian(request.AsSpan(8), token);
        BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(4), (ushort)(token & 0xffff));
        if (!v6)
        {
            BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(2), Checksum(request));
        }

        // A raw socket sees all ICMP of its host, over IPv4 with the IP header in front.
        bool IsReply(byte[] got)
        {
            int at = v6 ? 0 : (got[0] & 15) * 4;
            return got.Length >= at + request.Length && got[at] == (v6 ? 129 : 0) &&
                got.AsSpan(at + 4, request.Length - 4).SequenceEqual(request.AsSpan(4));
        }

        await AskAsync(socket, request, new IPEndPoint(to.AddressOf(family)!, 0), IsReply, bound).ConfigureAwait(false);
        return LiveOutcome.Passed;
    }

    /// <summary>Sends, again after a while, until something satisfies; false: the target's answer was another one.</summary>
    private static async Task<bool> AskAsync(
        Socket socket, byte[] packet, IPEndPoint target, Func<byte[], bool> satisfies, CancellationToken bound)
    {
        byte[] buffer = new byte[65535];
        EndPoint any = new IPEndPoint(target.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        bool raw = socket.SocketType == SocketType.Raw;
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(bound);
        Task sending = SendAsync(socket, packet, target, ended.Token);
        try
        {
            while (true)
            {
                SocketReceiveFromResult got =
                    await socket.ReceiveFromAsync(buffer, SocketFlags.None, any, bound).ConfigureAwait(false);
                bool right = satisfies(buffer[..got.ReceivedBytes]);
                if (right || !raw)
                {
                    return right;
                }
            }
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task SendAsync(Socket socket, byte[] packet, IPEndPoint target, CancellationToken ended)
    {
        using PeriodicTimer timer = new(s_again);
        do
        {
            await socket.SendToAsync(packet, SocketFlags.None, target, ended).ConfigureAwait(false);
        }
        while (await timer.WaitForNextTickAsync(ended).ConfigureAwait(false));
    }

    private static ushort Checksum(ReadOnlySpan<byte> message)
    {
        uint sum = 0;
        for (int i = 0; i + 1 < message.Length; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(message[i..]);
        }

        sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)(~((sum & 0xffff) + (sum >> 16)) & 0xffff);
    }
}
