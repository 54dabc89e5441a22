using System.Diagnostics;

namespace Emunic.Tests.Support;

/// <summary>What a finished process said: both streams, merged in order, and its exit code.</summary>
internal sealed record ToolResult(int ExitCode, string Output);

/// <summary>Runs a program to its end, never longer than the time limit.</summary>
internal static class Tool
{
    public static ToolResult Run(string file, IEnumerable<string> arguments, int timeoutMs = 120_000)
    {
        // The shell only merges the streams: exec leaves no process of its own behind.
        ProcessStartInfo start = new("/bin/sh")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (string argument in (string[])["-c", "exec \"$0\" \"$@\" 2>&1", file, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{file} did not start");
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(timeoutMs))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{file} ran longer than {timeoutMs} ms");
        }

        return new ToolResult(process.ExitCode, output.GetAwaiter().GetResult());
    }
}
