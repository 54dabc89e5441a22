namespace NetPolNic.Deploy.Tests.Support;

/// <summary>A systemd unit: settings by section, in order; a setting may stand more than once.</summary>
internal sealed class UnitFile
{
    private readonly List<(string Section, string Name, string Value)> _settings = [];

    /// <exception cref="FormatException">A line is no setting.</exception>
    public UnitFile(string path)
    {
        string section = "";
        foreach (string line in File.ReadLines(path).Where(line => line.Length > 0 && line[0] is not ('#' or ';')))
        {
            if (line is ['[', .. string name, ']'])
            {
                section = name;
                continue;
            }

            int equals = line.IndexOf('=', StringComparison.Ordinal);
            _settings.Add(equals > 0 && section.Length > 0
                ? (section, line[..equals], line[(equals + 1)..])
                : throw new FormatException($"{path}: {line}"));
        }
    }

    /// <summary>All settings of the section "Service".</summary>
    public ILookup<string, string> Service =>
        _settings.Where(setting => setting.Section == "Service").ToLookup(setting => setting.Name, setting => setting.Value);

    /// <summary>The only value of a setting of the section "Service".</summary>
    public string One(string name) => Assert.Single(Service[name]);
}
