namespace NetPolNic.Benches.Datapath.Contestants;

/// <summary>Network namespaces of a measurement, by iproute2; what is in one goes with it.</summary>
internal static class NetworkNamespace
{
    public static Task AddAsync(string name) => ChildProcess.RunAsync("ip", ["netns", "add", name]);

    /// <summary>Removes one, where it is there.</summary>
    public static async Task RemoveAsync(string name)
    {
        if (File.Exists($"/run/netns/{name}"))
        {
            await ChildProcess.RunAsync("ip", ["netns", "del", name]).ConfigureAwait(false);
        }
    }

    /// <summary>Runs a program in one.</summary>
    public static Task<string> RunAsync(string name, params string[] words) =>
        ChildProcess.RunAsync("ip", ["netns", "exec", name, .. words]);
}
