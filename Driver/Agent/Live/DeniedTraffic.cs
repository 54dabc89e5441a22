using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using NetPolNic.Policy.Model;

namespace NetPolNic.Agent.Live;

/// <summary>
/// Sends what policy denies, all the time: datagrams, and connection attempts. Sniffers at every destination count what
/// arrives.
/// </summary>
internal sealed class DeniedTraffic : IAsyncDisposable
{
    private static readonly TimeSpan s_datagramPeriod = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan s_connectPeriod = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stop = new();
    private readonly ImmutableArray<Sniffer> _sniffers;
    private readonly List<Task> _loops;
    private long _sent;

    /// <summary>Starts to send.</summary>
    /// <param name="pairs">TCP and UDP pairs that policy denies.</param>
    public DeniedTraffic(ImmutableArray<LivePair> pairs)
    {
        _sniffers = [.. pairs.GroupBy(pair => pair.Server).Select(group => new Sniffer(group.Key, group))];
        _loops = [.. pairs.Select(pair =>
            pair.Question.IpProto == (byte)L4Proto.Udp ? SendAsync(pair) : ConnectAsync(pair))];
    }

    /// <summary>Packets that were handed to a kernel (a connection attempt counts as one).</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Frames of these flows that reached their destination.</summary>
    public long Arrived => _sniffers.Sum(sniffer => sniffer.Matching);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_loops).ConfigureAwait(false);
        foreach (Sniffer sniffer in _sniffers)
        {
            await sniffer.DisposeAsync().ConfigureAwait(false);
        }

        _stop.Dispose();
    }

    private async Task SendAsync(LivePair pair)
    {
        byte[] datagram = new byte[64];
        IPEndPoint target = new(pair.Server.AddressOf(pair.Question.Family)!, pair.Question.L4Port);
        using Socket socket = pair.Client.Open(pair.Question.Family, SocketType.Dgram, ProtocolType.Udp);
        await LoopAsync(s_datagramPeriod, async () =>
            await socket.SendToAsync(datagram, SocketFlags.None, target, _stop.Token).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private Task ConnectAsync(LivePair pair) => LoopAsync(s_connectPeriod, async () =>
    {
        using CancellationTokenSource bound = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        bound.CancelAfter(s_connectPeriod);
        try
        {
            using LiveConnection connection =
                await LiveConnection.OpenAsync(pair.Client, pair.Server, pair.Question, bound.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            // As it should be.
        }
    });

    private async Task LoopAsync(TimeSpan period, Func<Task> send)
    {
        using PeriodicTimer timer = new(period);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                try
                {
                    await send().ConfigureAwait(false);
                }
                catch (SocketException)
                {
                    // While nobody forwards, neighbours cannot be resolved: the kernel says so at once.
                }

                Interlocked.Increment(ref _sent);
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }
}
