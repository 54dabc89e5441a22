namespace NetPolNic.Agent.Tests;

public sealed class ProgramTests
{
    [Fact]
    public async Task Suggests_the_command_that_a_typo_meant()
    {
        var (status, _, error) = await CommandLine.RunAsync("matrx");

        Assert.Equal(2, status);
        Assert.Contains("did you mean 'matrix'?", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_what_is_missing()
    {
        var (status, _, error) = await CommandLine.RunAsync("compile");

        Assert.Equal(2, status);
        Assert.Equal("netpolnic: Option '--manifests' is required.\nnetpolnic: see 'netpolnic compile --help'\n", error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("run")]
    [InlineData("status")]
    [InlineData("compile")]
    [InlineData("explain")]
    [InlineData("matrix")]
    [InlineData("verify")]
    [InlineData("demo")]
    public async Task Has_help_for_every_command(string command)
    {
        var (status, output, _) = await CommandLine.RunAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        Assert.Equal(0, status);
        Assert.Contains("Usage:", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_every_problem_of_a_manifest_and_ends_with_status_2()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("netpolnic-agent-tests-");
        try
        {
            await File.WriteAllTextAsync(
                Path.Combine(folder.FullName, "policy.yaml"),
                """
                apiVersion: networking.k8s.io/v1
                kind: NetworkPolicy
                metadata:
                  name: p
                spec:
                  podSelector: {}
                  policyTypes: [Ingres]
                  ingress:
                  - from:
                    - ipBlock:
                        cidr: 10.0.0.0/33
                """);

            var (status, output, error) = await CommandLine.RunAsync("matrix", "-f", folder.FullName);

            Assert.Equal(2, status);
            Assert.Empty(output);
            Assert.Contains("policy.yaml:7: NetworkPolicy default/p: spec.policyTypes[0]", error, StringComparison.Ordinal);
            Assert.Contains("policy.yaml:11: NetworkPolicy default/p: spec.ingress[0].from[0].ipBlock.cidr", error, StringComparison.Ordinal);
            Assert.EndsWith("2 errors in the manifests\n", error, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Says_when_the_output_takes_nothing()
    {
        using StreamWriter output = new("/dev/full") { AutoFlush = true };
        using StringWriter error = new();
        int status = await Program.RunAsync(["matrix", "-f", CommandLine.Example("seed")], output, error);
        try
        {
            await output.DisposeAsync();
        }
        catch (IOException)
        {
            // What is buffered does not fit either.
        }

        Assert.Equal(2, status);
        Assert.StartsWith("netpolnic: ", error.ToString(), StringComparison.Ordinal);
    }
}
