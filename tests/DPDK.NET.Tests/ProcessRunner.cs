using System.Diagnostics;

namespace DPDK.NET.Tests;

/// <summary>Runs a tool to its end, with text on its standard input.</summary>
internal static class ProcessRunner
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    internal static (int ExitCode, string Output) Run(string file, IEnumerable<string> arguments, string input = "")
    {
        ProcessStartInfo start = new(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> error = process.StandardError.ReadToEndAsync();
            process.StandardInput.Write(input);
            process.StandardInput.Close();
            if (!process.WaitForExit(s_limit))
            {
                throw new TimeoutException($"{file} did not end within {s_limit}");
            }

            return (process.ExitCode, output.GetAwaiter().GetResult() + error.GetAwaiter().GetResult());
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}
