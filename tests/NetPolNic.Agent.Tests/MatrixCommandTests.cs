using System.Text.Json;

namespace NetPolNic.Agent.Tests;

public sealed class MatrixCommandTests
{
    [Fact]
    public async Task Prints_rows_of_sources_and_columns_of_destinations_as_json()
    {
        var (status, output, _) = await CommandLine.RunAsync(
            "matrix", "--manifests", CommandLine.Example("seed"), "--ports", "6379,80/TCP", "--external", "8.8.8.8", "-o", "json");

        using JsonDocument json = JsonDocument.Parse(output);
        JsonElement root = json.RootElement;
        string[] names = [.. root.GetProperty("endpoints").EnumerateArray().Select(e => e.GetProperty("name").GetString()!)];
        Assert.Equal(0, status);
        Assert.Equal(
            ["default/batch", "default/db", "default/frontend", "myproject/report", "myproject/worker", "unrelated/scanner", "8.8.8.8"],
            names);
        Assert.Equal(["TCP/6379", "TCP/80"], root.GetProperty("ports").EnumerateArray().Select(port => port.GetString()));
        JsonElement table = root.GetProperty("tables")[0];
        Assert.Equal("TCP/6379", table.GetProperty("port").GetString());
        Assert.Equal(["1001111", "0101111", "0111111", "0101111", "0101111", "0001111", "0001111"], Rows(table, "combined"));

        // Both without the pod-to-itself exemption: a pod of the isolated namespace may not call itself.
        Assert.Equal("0001111", Rows(table, "ingress")[0]);
        Assert.All(Rows(table, "egress"), row => Assert.Equal("1111111", row));
    }

    [Fact]
    public async Task Asks_about_the_ports_that_the_manifests_name_when_none_is_given()
    {
        var (_, output, _) = await CommandLine.RunAsync("matrix", "-f", CommandLine.Example("seed"), "-o", "json");

        using JsonDocument json = JsonDocument.Parse(output);
        Assert.Contains("TCP/6379", json.RootElement.GetProperty("ports").EnumerateArray().Select(port => port.GetString()));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("80/ICMP")]
    [InlineData("http")]
    [InlineData("80,,81")]
    [InlineData("80/TCP/6")]
    public async Task Refuses_a_port_that_is_none(string ports)
    {
        var (status, output, error) = await CommandLine.RunAsync("matrix", "-f", CommandLine.Example("seed"), "--ports", ports);

        Assert.Equal(2, status);
        Assert.Empty(output);
        Assert.Contains("is no port; write 80, 81/UDP or 82/SCTP", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_once_that_a_warning_is_one()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            await File.WriteAllTextAsync(
                Path.Combine(folder, "p.yaml"),
                "apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: { name: p }\n---\n" +
                "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\n",
                TestContext.Current.CancellationToken);

            var (_, _, error) = await CommandLine.RunAsync("matrix", "-f", folder);

            string line = error.Split('\n')[0];
            Assert.StartsWith($"warning: {folder}", line, StringComparison.Ordinal);
            Assert.Equal(line.IndexOf("warning", StringComparison.Ordinal), line.LastIndexOf("warning", StringComparison.Ordinal));
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Fact]
    public async Task Refuses_an_external_that_is_no_address()
    {
        var (status, _, error) =
            await CommandLine.RunAsync("matrix", "-f", CommandLine.Example("seed"), "--external", "8.8.8");

        Assert.Equal(2, status);
        Assert.Equal("netpolnic: --external: '8.8.8' is no IP address\n", error);
    }

    [Fact]
    public async Task Refuses_a_nic_that_is_none_also_by_the_model()
    {
        var (status, _, error) = await CommandLine.RunAsync("matrix", "-f", CommandLine.Example("seed"), "--nic", "cx7");

        Assert.Equal(2, status);
        Assert.Contains("no NIC profile is called 'cx7'", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    public async Task Fits_a_terminal(int width)
    {
        Environment.SetEnvironmentVariable("COLUMNS", width.ToString(System.Globalization.CultureInfo.InvariantCulture));
        var (_, output, _) = await CommandLine.RunAsync("matrix", "-f", CommandLine.Example("v1"));

        Assert.All(output.Split('\n'), line => Assert.True(line.Length <= width, line));
    }

    private static string[] Rows(JsonElement table, string name) =>
        [.. table.GetProperty(name).EnumerateArray().Select(row => row.GetString()!)];
}
