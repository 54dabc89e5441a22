using System.Globalization;

namespace NetPolNic.TestApiServer;

/// <summary>Serves a generated cluster until standard input ends: for measurements from another process.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        int pods = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 100_000;
        ApiServer server = await ApiServer.StartAsync().ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            server.Load(ResourceKind.Namespaces, PodContent.Namespaces(pods));
            server.Load(ResourceKind.Pods, PodContent.Pods(pods));
            await Console.Out.WriteLineAsync(server.Address.ToString()).ConfigureAwait(false);
            await Console.In.ReadToEndAsync().ConfigureAwait(false);
        }

        return 0;
    }
}
