namespace NetPolNic.Agent.Commands;

/// <summary>How a command prints its answer (-o).</summary>
internal enum OutputFormat
{
    Table,
    Json,
    Testpmd,
    Emunic,
}
