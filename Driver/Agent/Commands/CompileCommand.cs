using System.CommandLine;
using NetPolNic.Agent.Output;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Testpmd;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Commands;

/// <summary><c>netpolnic compile</c>: the rules for a NIC, and what is left to the fallback with the reason.</summary>
internal static class CompileCommand
{
    public static Command Create()
    {
        Option<string> manifests = CommonOptions.Manifests();
        Option<string?> node = CommonOptions.Node();
        Option<string> nic = CommonOptions.Nic();
        Option<string> isolation = CommonOptions.Isolation();
        Option<string> output =
            CommonOptions.Output(OutputFormat.Table, OutputFormat.Json, OutputFormat.Testpmd);
        Command command = new("compile", "Print the rte_flow rules, and what the NIC must leave to the fallback and why.")
        {
            manifests, nic, node, isolation, output,
        };
        command.SetAction(parsed =>
        {
            TextWriter error = parsed.InvocationConfiguration.Error;
            TextWriter writer = parsed.InvocationConfiguration.Output;
            NicCapabilities profile = Inputs.Nic(parsed.GetRequiredValue(nic));
            ClusterState state = Inputs.Manifests(parsed.GetRequiredValue(manifests), error);
            string? nodeName = parsed.GetValue(node);
            Inputs.CheckNode(state, nodeName);
            PolicySnapshot snapshot = Inputs.Resolve(state, parsed.Mode(isolation), nodeName, error);
            OffloadPlan plan = OffloadPlanner.Plan(snapshot, profile, new PlanOptions());
            switch (parsed.Format(output))
            {
                case OutputFormat.Json:
                    writer.WriteLine(PlanJson.Write(plan));
                    break;
                case OutputFormat.Testpmd:
                    TestpmdExport.Write(plan, writer, PlanJson.EthPortId);
                    break;
                default:
                    PlanText.Write(Inputs.Console(writer), plan, profile);
                    break;
            }

            return ExitStatus.Success;
        });
        return command;
    }
}
