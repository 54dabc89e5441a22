using System.Net.Sockets;
using System.Security.Cryptography;

namespace NetPolNic.Agent.Live;

/// <summary>An open connection that exchanges a few bytes all the time, and counts.</summary>
internal sealed class Heartbeat : IAsyncDisposable
{
    private static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _stop = new();
    private readonly LiveConnection _connection;
    private readonly Task _loop;
    private long _beats;
    private volatile bool _broken;

    /// <summary>Starts to beat; the connection becomes its own.</summary>
    public Heartbeat(LiveConnection connection)
    {
        _connection = connection;
        _loop = BeatAsync();
    }

    /// <summary>Exchanges so far.</summary>
    public long Beats => Volatile.Read(ref _beats);

    /// <summary>Waits for more exchanges than so many over the same connection.</summary>
    /// <returns>False: it broke, or none came in time.</returns>
    public async Task<bool> BeatsBeyondAsync(long beats, TimeSpan limit, CancellationToken cancellation)
    {
        using CancellationTokenSource bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bound.CancelAfter(limit);
        using PeriodicTimer timer = new(s_look);
        try
        {
            while (Beats <= beats && !_broken)
            {
                await timer.WaitForNextTickAsync(bound.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }

        return !_broken;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _connection.Dispose();
        _stop.Dispose();
    }

    private async Task BeatAsync()
    {
        using PeriodicTimer timer = new(s_period);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                if (!await _connection.ExchangeAsync(RandomNumberGenerator.GetBytes(64), _stop.Token).ConfigureAwait(false))
                {
                    _broken = true;
                    return;
                }

                Interlocked.Increment(ref _beats);
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
        catch (SocketException)
        {
            _broken = true;
        }
    }
}
