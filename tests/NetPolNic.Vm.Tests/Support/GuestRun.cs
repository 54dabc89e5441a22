using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace NetPolNic.Vm.Tests.Support;

/// <summary>One run of the guest's program, and what it wrote down.</summary>
internal sealed class GuestRun(string results)
{
    /// <summary>What one port held, by canonical text of the rule.</summary>
    public IReadOnlyList<KernelRule> Rules(string moment, int port) =>
        KernelRule.Parse(Text(string.Create(CultureInfo.InvariantCulture, $"{moment}.dtap{port}.tc")));

    /// <summary>The agent's status at a moment.</summary>
    public JsonElement Status(string moment)
    {
        using JsonDocument document = JsonDocument.Parse(Text($"{moment}.status"));
        return document.RootElement.Clone();
    }

    /// <summary>What arrived: port and tag → how often.</summary>
    public Dictionary<(int Port, uint Tag), int> Arrived(string play) => File
        .ReadLines(Path.Combine(results, $"{play}.arrived"))
        .Select(line => line.Split(' '))
        .GroupBy(parts => (int.Parse(parts[0], CultureInfo.InvariantCulture), uint.Parse(parts[1], CultureInfo.InvariantCulture)))
        .ToDictionary(group => group.Key, group => group.Count());

    public int Number(string name) => int.Parse(Text(name), CultureInfo.InvariantCulture);

    public string Text(string name) => File.ReadAllText(Path.Combine(results, name));

    /// <summary>Runs a program that runs the guest's program, and says what both said where that fails.</summary>
    public static async Task<GuestRun> RunAsync(string results, TimeSpan patience, string program, params string[] arguments)
    {
        (int status, string said) = await RunToolAsync(patience, program, arguments);
        string failure = Path.Combine(results, "failure");
        string why = File.Exists(failure) ? await File.ReadAllTextAsync(failure) : "";
        string agent = Path.Combine(results, "agent.log");
        string log = File.Exists(agent) ? await File.ReadAllTextAsync(agent) : "";
        return File.Exists(Path.Combine(results, "done"))
            ? new GuestRun(results)
            : throw new InvalidOperationException($"the guest's program ended with {status}\n{said}\n{why}\nthe agent's log:\n{log}");
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task<(int Status, string Said)> RunToolAsync(TimeSpan patience, string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{program} does not start");
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        using CancellationTokenSource bound = new(patience);
        try
        {
            await process.WaitForExitAsync(bound.Token);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        return (process.ExitCode, $"{await output}{await error}");
    }
}
