namespace NetPolNic.Live.Tests;

/// <summary>Starts one world for all tests of a class.</summary>
public abstract class LiveWorldFixture(int mtu, string ports) : IAsyncLifetime
{
    private LiveFixture? _live;

    internal LiveFixture Live => _live ?? throw new InvalidOperationException("not started");

    public async ValueTask InitializeAsync() => _live = await LiveFixture.StartAsync(mtu, ports);

    public async ValueTask DisposeAsync()
    {
        if (_live is not null)
        {
            await _live.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }
}

/// <summary>Ordinary frames.</summary>
public sealed class OrdinaryWorld() : LiveWorldFixture(1500, "pcap");

/// <summary>Jumbo frames, on the other driver.</summary>
public sealed class JumboWorld() : LiveWorldFixture(9000, "af_packet");
