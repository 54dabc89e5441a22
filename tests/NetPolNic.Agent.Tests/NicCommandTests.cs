using System.Text.Json;
using Dpdk.Flow;
using NetPolNic.Agent.Commands;
using NetPolNic.Agent.Output;
using NetPolNic.Offload.Capabilities;

namespace NetPolNic.Agent.Tests;

public sealed class NicCommandTests
{
    [Fact]
    public async Task Lists_every_profile()
    {
        (int status, string output, _) = await CommandLine.RunAsync("nic");

        Assert.Equal(0, status);
        Assert.All(NicProfiles.Names, name => Assert.Contains($"\n{name} ", "\n" + output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Shows_each_fact_with_the_number_of_its_source()
    {
        (int status, string output, _) = await CommandLine.RunAsync("nic", "--nic", "i40e");

        Assert.Equal(0, status);
        Assert.Matches(@"tcp\.flags +none +\[1\] refused: Invalid TCP mask", output);
        Assert.Matches(@"priorities +one +\[4\] priority is refused", output);
        Assert.Matches(@"\[1\] DPDK 22\.11\.\.26\.07 drivers/net/i40e/i40e_flow\.c, i40e_flow_parse_fdir_pattern", output);
        Assert.Contains("widen", output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Prints_every_fact_for_scripts(string name)
    {
        (int status, string output, _) = await CommandLine.RunAsync("nic", "--nic", name, "-o", "json");

        Assert.Equal(0, status);
        using JsonDocument json = JsonDocument.Parse(output);
        JsonElement root = json.RootElement;
        Assert.Equal(name, root.GetProperty("name").GetString());
        NicCapabilities nic = NicProfiles.Load(name);
        Assert.Equal(nic.IsTableSizeKnown, root.GetProperty("rules").ValueKind == JsonValueKind.Number);
        Assert.Equal(
            nic.Items.Count + nic.Fields.Count + nic.Actions.Count + nic.Habits.Count + 7,
            root.GetProperty("facts").GetArrayLength());
        Assert.All(
            root.GetProperty("facts").EnumerateArray(),
            fact => Assert.NotEqual("", fact.GetProperty("source").GetString()));
    }

    public static TheoryData<string> All => [.. NicProfiles.Names];

    [Fact]
    public async Task Prints_device_arguments_for_the_emulated_nic()
    {
        (int status, string output, _) = await CommandLine.RunAsync("nic", "--nic", "tap", "-o", "emunic");

        Assert.Equal(0, status);
        Assert.Equal(NicProfiles.Load("tap").ToEmunicArgs() + "\n", output);
    }

    [Fact]
    public async Task Takes_a_file_wherever_a_profile_is_named()
    {
        string path = Path.Combine(Path.GetTempPath(), $"npn-{Guid.NewGuid():N}.json");
        try
        {
            await using (Stream shipped = typeof(NicProfiles).Assembly.GetManifestResourceStream(
                "NetPolNic.Offload.Capabilities.Profiles.hns3.json")!)
            {
                using StreamReader reader = new(shipped);
                string text = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
                await File.WriteAllTextAsync(
                    path,
                    text.Replace("\"hns3\"", "\"mine\"", StringComparison.Ordinal),
                    TestContext.Current.CancellationToken);
            }

            (int status, string output, _) = await CommandLine.RunAsync("nic", "--nic", path);

            Assert.Equal(0, status);
            Assert.StartsWith("mine ", output, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("did you mean 'mlx5-hws'?", "nic", "--nic", "mlx5-hw")]
    [InlineData("no NIC profile is called 'cx7'; there are bnxt, ", "nic", "--nic", "cx7")]
    [InlineData("--nic ./none.json: ", "nic", "--nic", "./none.json")]
    [InlineData("--probe needs --nic PROFILE", "nic", "--probe", "net_null0")]
    [InlineData("-o emunic needs --nic PROFILE", "nic", "-o", "emunic")]
    [InlineData("did you mean '--probe'?", "nic", "--prob", "x")]
    public async Task Says_what_is_wrong(string message, params string[] arguments)
    {
        (int status, _, string error) = await CommandLine.RunAsync(arguments);

        Assert.Equal(2, status);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Shows_what_a_port_leaves_of_the_profile()
    {
        NicCapabilities nic = NicProfiles.Load("mlx5");
        ProbeResult probed = NicProber.Probe(nic, spec => spec.Attr.Priority > 1 || spec.Pattern.OfType<SctpItem>().Any() ||
            spec.Pattern.OfType<TcpItem>().Any(tcp => tcp.Flags is not null)
                ? new RuleRejection(RejectReason.Unsupported, FlowErrorType.Item, -1, 95, "no")
                : null);
        using StringWriter output = new();

        NicText.Write(Inputs.Console(output), nic, probed);

        Assert.Matches(@"priorities +0–3.* only 0–1", output.ToString());
        Assert.Matches(@"tcp\.flags +any +refused", output.ToString());
        Assert.Matches(@"ipv4\.proto, +exact +accepted", output.ToString());
        Assert.Matches(@"the port accepts \d+ of \d+ facts", output.ToString());
    }

    [Fact]
    public async Task Shows_examples_in_its_help()
    {
        (int status, string output, _) = await CommandLine.RunAsync("nic", "--help");

        Assert.Equal(0, status);
        Assert.Contains("netpolnic nic --nic mlx5 --probe 0000:3b:00.0", output, StringComparison.Ordinal);
    }
}
