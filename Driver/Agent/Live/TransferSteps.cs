using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using NetPolNic.Policy.Model;

namespace NetPolNic.Agent.Live;

/// <summary>Claims about bytes: datagrams of every size, one large transfer, many connections at once.</summary>
internal static class TransferSteps
{
    private const int ChunkBytes = 1 << 18;

    /// <summary>Datagrams that just fit a frame, and ones that are sent in many fragments, over both families.</summary>
    public static async Task<LiveStep> DatagramsAsync(LiveRun run, CancellationToken cancellation)
    {
        const string Name = "datagrams arrive whole, in one frame and in many fragments";
        int[] sizes = [run.Mtu - 48, 20_000, 60_000];
        List<string> seen = [];
        bool passed = true;
        foreach (IpFamily family in (IpFamily[])[IpFamily.V4, IpFamily.V6])
        {
            if (run.Pairs((byte)L4Proto.Udp, Verdict.Allow, family).FirstOrDefault() is not { } pair)
            {
                continue;
            }

            foreach (int size in sizes)
            {
                if (size > run.Mtu && family == IpFamily.V4 && !run.SeesFragmentsV4)
                {
                    seen.Add("(IPv4 fragments not shown: the kernel reassembles them in front of af_packet)");
                    break;
                }

                bool came = await LiveAttempt.EchoesAsync(pair, size, TimeSpan.FromSeconds(15), cancellation)
                    .ConfigureAwait(false);
                passed &= came;
                seen.Add(string.Create(CultureInfo.InvariantCulture, $"{size}{(came ? "" : " LOST")}"));
            }
        }

        return seen.Count == 0
            ? LiveStep.Skipped(Name, "policy allows no UDP port")
            : new LiveStep(Name, passed, $"UDP payloads of {string.Join(", ", seen)} bytes, there and back");
    }

    /// <summary>One connection carries many bytes; both ends compute their SHA-256.</summary>
    public static async Task<LiveStep> TransferAsync(LiveRun run, long bytes, CancellationToken cancellation)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"a transfer of {bytes >> 20} MiB arrives intact");
        if (run.Pairs((byte)L4Proto.Tcp, Verdict.Allow).FirstOrDefault() is not { } pair)
        {
            return LiveStep.Skipped(name, "policy allows no TCP port");
        }

        try
        {
            return await SendHashedAsync(name, pair, bytes, cancellation).ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is SocketException or IOException)
        {
            return new LiveStep(name, Passed: false, $"{pair}: {problem.Message}");
        }
    }

    /// <summary>Many connections are open at once before the first byte goes; each gets its own bytes back.</summary>
    public static async Task<LiveStep> ParallelAsync(LiveRun run, int count, CancellationToken cancellation)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{count} connections at once");
        LivePair[] pairs = [.. run.Pairs((byte)L4Proto.Tcp, Verdict.Allow)];
        if (pairs.Length == 0)
        {
            return LiveStep.Skipped(name, "policy allows no TCP port");
        }

        using CancellationTokenSource bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bound.CancelAfter(TimeSpan.FromSeconds(60));
        List<Task<LiveConnection>> opening = [.. Enumerable.Range(0, count).Select(i => LiveConnection.OpenAsync(
            pairs[i % pairs.Length].Client, pairs[i % pairs.Length].Server, pairs[i % pairs.Length].Question, bound.Token))];
        await ((Task)Task.WhenAll(opening)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        LiveConnection[] connections =
            [.. opening.Where(task => task.IsCompletedSuccessfully).Select(task => task.Result)];
        try
        {
            bool[] same = await Task.WhenAll(connections.Select(connection => connection.ExchangesWithinAsync(
                RandomNumberGenerator.GetBytes(16 << 10), TimeSpan.FromSeconds(60), cancellation))).ConfigureAwait(false);
            int right = same.Count(echoed => echoed);
            return new LiveStep(name, right == count, string.Create(
                CultureInfo.InvariantCulture,
                $"over {pairs.Length} allowed pairs: {connections.Length} open together, {right} got their 16 KiB back"));
        }
        finally
        {
            Array.ForEach(connections, connection => connection.Dispose());
        }
    }

    private static async Task<LiveStep> SendHashedAsync(string name, LivePair pair, long bytes, CancellationToken cancellation)
    {
        using LiveConnection connection = await LiveConnection.OpenAsync(
            pair.Client, pair.Server, pair.Question, cancellation, EchoServers.Hash).ConfigureAwait(false);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] chunk = RandomNumberGenerator.GetBytes(ChunkBytes);
        long start = Stopwatch.GetTimestamp();
        for (long left = bytes; left > 0; left -= ChunkBytes)
        {
            // No two chunks are alike: one that is lost, doubled or swapped shows.
            BinaryPrimitives.WriteInt64LittleEndian(chunk, left);
            ReadOnlyMemory<byte> part = chunk.AsMemory(0, (int)Math.Min(left, ChunkBytes));
            hash.AppendData(part.Span);
            await connection.SendAsync(part, cancellation).ConfigureAwait(false);
        }

        connection.EndSending();
        byte[] theirs = await connection.ReadAsync(SHA256.HashSizeInBytes, cancellation).ConfigureAwait(false);
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        byte[] ours = hash.GetHashAndReset();
        string detail = string.Create(
            CultureInfo.InvariantCulture,
            $"{pair}: SHA-256 {Convert.ToHexStringLower(ours)[..16]}… at both ends, {bytes / took.TotalSeconds / (1 << 20):0} MiB/s");
        return theirs.AsSpan().SequenceEqual(ours)
            ? new LiveStep(name, Passed: true, detail)
            : new LiveStep(name, Passed: false, $"{pair}: the hashes differ");
    }
}
