using System.Diagnostics;

namespace NetPolNic.Deploy.Tests.Support;

/// <summary>Runs programs that may be missing.</summary>
internal static class Tool
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    /// <summary>Skips the test where a program is not on the path.</summary>
    public static void Need(string program) =>
        Assert.SkipUnless(
            (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program))),
            $"{program} is not installed");

    /// <summary>Runs a program to its end.</summary>
    /// <returns>Exit status, stdout, stderr.</returns>
    public static async Task<(int Status, string Output, string Error)> RunAsync(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };

        // kubectl keeps what it discovers, and reads a configuration, below HOME.
        using TempFolder home = new();
        start.Environment["HOME"] = home.Path;
        start.Environment.Remove("KUBECONFIG");
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{program} does not start");
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        using CancellationTokenSource patience = new(s_patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        return (process.ExitCode, await output, await error);
    }
}
