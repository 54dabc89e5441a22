namespace NetPolNic.Agent.Emulation;

/// <summary>
/// The folder that EAL makes for shared files even when told to share nothing (DPDK 22.11 <c>eal_create_runtime_dir</c>),
/// and never removes.
/// </summary>
internal static class EalRuntimeFolder
{
    /// <summary>Removes the folder of a file prefix where it is empty.</summary>
    public static void Remove(string filePrefix)
    {
        string?[] parents = ["/var/run", Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR"), "/tmp"];
        foreach (string parent in parents.OfType<string>())
        {
            string folder = Path.Combine(parent, "dpdk", filePrefix);
            try
            {
                if (Directory.Exists(folder))
                {
                    Directory.Delete(folder);
                }
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                // Not empty, or not ours: it stays.
            }
        }
    }
}
