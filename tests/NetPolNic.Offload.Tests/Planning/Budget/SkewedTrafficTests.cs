using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning.Budget;
using NetPolNic.Offload.Tests.Support;

namespace NetPolNic.Offload.Tests.Planning.Budget;

/// <summary>
/// Denied traffic by Zipf's law over pods and peers, on a table of 5 % of the rules: once it has settled at least 90 % of the
/// droppable packets are dropped in the NIC, also after the hot set has moved.
/// </summary>
public sealed class SkewedTrafficTests(ITestOutputHelper output)
{
    // Choices without an operation after which it counts as settled: more than the minimum stay, and than a set that exceeds
    // the bound makes it wait.
    private const int Quiet = 12;
    private const int Longest = 120;
    private const double Enough = 0.90;

    // Where every rule can be for one sender only, and the table for less than nine tenths of the traffic: of what it could be.
    private const double NearlyAll = 0.97;

    /// <summary>A shipped profile with a large table, as it is, or without what groups need.</summary>
    internal static NicCapabilities Nic(string profile)
    {
        const string Flat = "-flat";
        bool flat = profile.EndsWith(Flat, StringComparison.Ordinal);
        NicCapabilities nic = NicProfiles.Load(flat ? profile[..^Flat.Length] : profile) with
        {
            TableSize = new CapabilityFact<int>(1_000_000, "test"),
        };
        return !flat ? nic : nic with
        {
            Groups = new CapabilityFact<int>(1, "test"),
            Actions = nic.Actions.Remove(NicAction.Jump),
        };
    }

    [Theory]
    [InlineData("mlx5-flat", false, 1.2, 1)]
    [InlineData("ice-switch", true, 1.2, 4)]
    [InlineData("i40e", true, 1.2, 5)]
    [InlineData("mlx5", false, 1.5, 7)]
    [InlineData("mlx5", true, 1.2, 8)]
    [InlineData("full", true, 1.5, 9)]
    public void Drops_nine_tenths_in_the_nic_once_it_has_settled_and_again_after_the_hot_set_has_moved(
        string profile, bool scattered, double exponent, int seed)
    {
        BudgetOptions options = BudgetOptions.Default with { OperationsPerSecond = 50, HalfLife = TimeSpan.FromSeconds(4) };
        ZipfFlood flood = new(Nic(profile), 0.05, exponent, options, scattered);
        output.WriteLine($"{profile} {(scattered ? "scattered" : "between")} s {exponent} seed {seed}: table {flood.TableSize} of {flood.Rules} rules");
        for (int phase = 0; phase < 3; phase++)
        {
            flood.Move((seed * 100) + phase);
            int operations = 0;
            int most = 0;
            int quiet = 0;
            int choices = 0;
            double first = 0;
            double last = 0;
            while (quiet < Quiet && choices < Longest)
            {
                (last, int now) = flood.Tick();
                first = choices == 0 ? last : first;
                choices++;
                operations += now;
                most = Math.Max(most, now);
                quiet = now == 0 ? quiet + 1 : 0;
            }

            output.WriteLine(
                $"phase {phase}: {first:P1} -> {last:P1} (best of hosts {flood.BestOfHosts:P1}) in {choices - quiet} choices; {operations} operations, at most {most} a " +
                $"choice; {flood.Pairs} pairs, {flood.LeftOut} sets left out");
            Assert.Equal(Quiet, quiet);
            Assert.InRange(last, Math.Min(Enough, flood.BestOfHosts * NearlyAll), 1);
            Assert.InRange(
                operations,
                1,
                (int)(options.OperationsPerSecond * (choices + options.SavedSeconds)) + (2 * flood.RulesOfSet));

            // What has been saved up for two seconds, and the one set that may exceed it.
            Assert.InRange(most, 1, (2 * (int)options.OperationsPerSecond) + (2 * flood.RulesOfSet));
        }
    }
}
