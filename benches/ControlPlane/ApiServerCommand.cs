using System.Diagnostics;
using System.Globalization;
using System.Text;
using NetPolNic.TestApiServer;

namespace NetPolNic.Benches.ControlPlane;

/// <summary>
/// The API server of a measurement, in a process of its own: prints its address, then carries out one line of standard
/// input after the other ("flip POD", "burst COUNT", "rate PER_SECOND SECONDS") and answers each with a line.
/// </summary>
internal static class ApiServerCommand
{
    public const string Name = "api-server";

    public static async Task<int> RunAsync(ControlPlaneOptions options)
    {
        BenchCluster cluster = BenchCluster.Of(options);
        ApiServer server = await ApiServer.StartAsync().ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            server.Load(ResourceKind.Namespaces, cluster.Namespaces());
            server.Load(ResourceKind.Pods, cluster.Pods());
            server.Load(ResourceKind.Policies, cluster.Policies());
            Releases releases = new(cluster);
            await Console.Out.WriteLineAsync(server.Address.ToString()).ConfigureAwait(false);
            while (await Console.In.ReadLineAsync().ConfigureAwait(false) is { } line)
            {
                string[] words = line.Split(' ');
                int first = int.Parse(words[1], CultureInfo.InvariantCulture);
                switch (words[0])
                {
                    case "flip":
                        server.Put(ResourceKind.Pods, releases.Next(first));
                        break;
                    case "burst":
                        Burst(server, releases, cluster, first);
                        break;
                    default:
                        Rate(server, releases, cluster, first, int.Parse(words[2], CultureInfo.InvariantCulture));
                        break;
                }

                await Console.Out.WriteLineAsync("done").ConfigureAwait(false);
            }
        }

        return 0;
    }

    private static void Burst(ApiServer server, Releases releases, BenchCluster cluster, int count)
    {
        string[] objects = [.. Enumerable.Range(0, count).Select(index => releases.Next(Spread(index, cluster)))];
        foreach (string json in objects)
        {
            server.Put(ResourceKind.Pods, json);
        }
    }

    private static void Rate(ApiServer server, Releases releases, BenchCluster cluster, int perSecond, int seconds)
    {
        const int DistinctPods = 2000;
        for (int index = 0; index < 2 * DistinctPods; index++)
        {
            releases.Next(Spread(index % DistinctPods, cluster));
        }

        long start = Stopwatch.GetTimestamp();
        for (int sent = 0; sent < perSecond * seconds; sent++)
        {
            double due = (double)sent / perSecond;
            SpinWait.SpinUntil(() => Stopwatch.GetElapsedTime(start).TotalSeconds >= due);
            server.Put(ResourceKind.Pods, releases.Next(Spread(sent % DistinctPods, cluster)));
        }
    }

    private static int Spread(int index, BenchCluster cluster) => (int)(index * 7907L % cluster.PodCount);

    /// <summary>Each pod's release label goes to and fro; its two forms are made once.</summary>
    private sealed class Releases(BenchCluster cluster)
    {
        private readonly Dictionary<int, (string V1, string V2, bool IsV2)> _pods = [];

        public string Next(int index)
        {
            (string v1, string v2, bool isV2) = _pods.TryGetValue(index, out (string V1, string V2, bool IsV2) known)
                ? known
                : (Encoding.UTF8.GetString(cluster.Pod(index, "v1")), Encoding.UTF8.GetString(cluster.Pod(index, "v2")), false);
            _pods[index] = (v1, v2, !isV2);
            return isV2 ? v1 : v2;
        }
    }
}
