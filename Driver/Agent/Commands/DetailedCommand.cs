using System.CommandLine;

namespace NetPolNic.Agent.Commands;

/// <summary>A command whose own --help says more than its line in the list of commands.</summary>
internal sealed class DetailedCommand : Command
{
    private readonly string _detailed;

    public DetailedCommand(string name, string about, string details)
        : base(name, about) => _detailed = $"{about}\n\n{details}";

    /// <summary>Puts the details into the description; called where this command's help is asked for.</summary>
    public void ShowDetails() => Description = _detailed;
}
