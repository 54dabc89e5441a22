namespace NetPolNic.Vm.Tests.Support;

/// <summary>One virtual machine, booted once for all tests; each looks at what came of it.</summary>
public sealed class MachineFixture : IAsyncLifetime
{
    private static readonly TimeSpan s_buildPatience = TimeSpan.FromMinutes(10);
    private const int BootSeconds = 2400;

    private DirectoryInfo? _folder;
    private GuestRun? _run;
    private Scenario? _scenario;

    internal GuestRun Run => Needed(_run);

    internal Scenario Scenario => Needed(_scenario);

    public async ValueTask InitializeAsync()
    {
        if (Programs.WhyNoMachine is not null)
        {
            return;
        }

        if (Environment.GetEnvironmentVariable("NETPOLNIC_VM_AGAIN") is { } kept)
        {
            // Judges what an earlier machine wrote down.
            _folder = Directory.CreateTempSubdirectory("npn-vm-");
            _scenario = Scenario.WriteWhole(_folder.FullName);
            _run = new GuestRun(Path.Combine(kept, "results"));
            return;
        }

        string machine = Repo.At("artifacts", "vm");
        (int status, string said) = await GuestRun.RunToolAsync(s_buildPatience, Repo.At("tests", "vm", "build.sh"), machine);
        Assert.True(status == 0, $"tests/vm/build.sh: {said}");
        _folder = Directory.CreateTempSubdirectory("npn-vm-");
        string results = _folder.CreateSubdirectory("results").FullName;
        _scenario = Scenario.WriteWhole(_folder.FullName);
        string script = Path.Combine(_folder.FullName, "guest.sh");
        await File.WriteAllTextAsync(script, $"export DOTNET_TieredPGO=0\nexec {Programs.Guest} {_folder.FullName} {results} {Programs.Agent}\n");
        _run = await GuestRun.RunAsync(
            results, TimeSpan.FromSeconds(BootSeconds + 30),
            Repo.At("tests", "vm", "boot.sh"), machine, script, $"{BootSeconds}", results);
    }

    public ValueTask DisposeAsync()
    {
        // Whoever asks by NETPOLNIC_VM_KEEP wants to look at the files.
        if (Environment.GetEnvironmentVariable("NETPOLNIC_VM_KEEP") is null)
        {
            _folder?.Delete(recursive: true);
        }
        else
        {
            Console.WriteLine($"kept: {_folder}");
        }

        return ValueTask.CompletedTask;
    }

    private static T Needed<T>(T? made)
        where T : class
    {
        Assert.SkipWhen(Programs.WhyNoMachine is not null, Programs.WhyNoMachine ?? "");
        return made!;
    }
}
