using System.Text.Json;

namespace NetPolNic.Agent.Tests.TruthTables;

/// <summary>
/// What every policy means, table by table: expectations come from the documentation, never from this program. Each case is
/// answered by the model and by packets on two NIC profiles. One class, so that its tests run one after the other: the
/// packets share one EAL.
/// </summary>
public sealed class TruthTableTests
{
    private static readonly string s_folder = Path.Combine(AppContext.BaseDirectory, "TruthTables");

    private static readonly Dictionary<string, TruthCase> s_cases =
        Directory.EnumerateFiles(Path.Combine(s_folder, "cases"), "*.txt")
            .Order(StringComparer.Ordinal)
            .SelectMany(TruthCase.ReadFile)
            .ToDictionary(truth => truth.Name);

    public static TheoryData<string> Names => [.. s_cases.Keys];

    public static TheoryData<string> NamesWithQuestions => [.. s_cases.Values.Where(c => c.Questions.Count > 0).Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Says_the_table_by_the_model(string name)
    {
        TruthCase truth = s_cases[name];
        var (output, error) = await AskAsync(truth, []);

        using JsonDocument json = JsonDocument.Parse(output);
        AssertTables(truth, json.RootElement, ["ingress", "egress", "combined"]);
        AssertWarnings(truth, error);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Does_the_table_with_packets_on_mlx5(string name) => await AssertPacketsAsync(name, "mlx5");

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Does_the_table_with_packets_on_ice(string name) => await AssertPacketsAsync(name, "ice");

    [Theory]
    [MemberData(nameof(NamesWithQuestions))]
    public async Task Explains_the_verdict(string name)
    {
        TruthCase truth = s_cases[name];
        using TemporaryManifests manifests = new(truth.Manifests(s_folder));
        foreach (TruthQuestion question in truth.Questions)
        {
            var (status, output, error) = await CommandLine.RunAsync(
            [
                "explain", "-f", manifests.Folder, "-o", "json", "--from", question.From, "--to", question.To,
                "--protocol", question.Protocol, .. truth.Arguments,
            ]);

            Assert.True(status == (question.Allowed ? 0 : 1), $"{question}: status {status}\n{output}{error}");
        }
    }

    [Fact]
    public void Reads_a_table_from_its_lines()
    {
        string path = Path.GetTempFileName();
        File.WriteAllText(path, "=== t\npods: x/a x/b\nexternal: 8.8.8.8\ndeny ingress * > x/a\nallow ingress x/b > x/a on TCP/80\n" +
            "deny egress x/* > 8.8.8.8\n");
        TruthCase truth = Assert.Single(TruthCase.ReadFile(path));
        File.Delete(path);

        Assert.Equal(["011", "111", "011"], TruthTable.Of(truth, "TCP/80").Ingress);
        Assert.Equal(["011", "011", "011"], TruthTable.Of(truth, "UDP/80").Ingress);
        Assert.Equal(["110", "110", "111"], TruthTable.Of(truth, "TCP/80").Egress);
        Assert.Equal(["110", "110", "011"], TruthTable.Of(truth, "TCP/80").Combined);
    }

    private static async Task AssertPacketsAsync(string name, string nic)
    {
        TruthCase truth = s_cases[name];
        var (output, _) = await AskAsync(truth, ["--via", "packets", "--nic", nic]);

        using JsonDocument json = JsonDocument.Parse(output);
        AssertTables(truth, json.RootElement, ["combined"]);
    }

    private static async Task<(string Output, string Error)> AskAsync(TruthCase truth, string[] more)
    {
        using TemporaryManifests manifests = new(truth.Manifests(s_folder));
        string[] externals = truth.Externals.Length == 0 ? [] : ["--external", string.Join(',', truth.Externals)];
        var (status, output, error) = await CommandLine.RunAsync(
        [
            "matrix", "-f", manifests.Folder, "-o", "json", "--ports", truth.Ports, .. externals, .. truth.Arguments, .. more,
        ]);
        Assert.True(status == 0, $"status {status}: {error}");
        return (output, error);
    }

    private static void AssertTables(TruthCase truth, JsonElement root, string[] kinds)
    {
        Assert.Equal(truth.Endpoints, root.GetProperty("endpoints").EnumerateArray().Select(e => e.GetProperty("name").GetString()));
        Assert.Equal(truth.Ports.Split(',').Length, root.GetProperty("tables").GetArrayLength());
        foreach (JsonElement table in root.GetProperty("tables").EnumerateArray())
        {
            string port = table.GetProperty("port").GetString()!;
            TruthTable expected = TruthTable.Of(truth, port);
            foreach (string kind in kinds)
            {
                string[] rows = kind switch
                {
                    "ingress" => expected.Ingress,
                    "egress" => expected.Egress,
                    _ => expected.Combined,
                };
                AssertRows(truth, $"{kind} {port}", rows, [.. table.GetProperty(kind).EnumerateArray().Select(row => row.GetString()!)]);
            }
        }
    }

    private static void AssertRows(TruthCase truth, string what, string[] expected, string[] actual)
    {
        string[] names = truth.Endpoints;
        string[] wrong =
        [
            .. from src in Enumerable.Range(0, names.Length)
            from dst in Enumerable.Range(0, names.Length)
            where expected[src][dst] != actual[src][dst]
            select $"{names[src]} > {names[dst]} is {actual[src][dst]}, must be {expected[src][dst]}",
        ];
        Assert.True(wrong.Length == 0, $"{truth.Name}, {what}:\n{string.Join('\n', wrong)}");
    }

    private static void AssertWarnings(TruthCase truth, string error)
    {
        Assert.Equal(truth.Warnings.Count == 0, error.Length == 0);
        Assert.All(truth.Warnings, warning => Assert.Contains(warning, error, StringComparison.Ordinal));
    }
}
