namespace NetPolNic.TestApiServer;

/// <summary>How running watches are ended.</summary>
public enum WatchEnd
{
    /// <summary>As at the end of their time.</summary>
    Complete,

    /// <summary>The connection is reset.</summary>
    Reset,

    /// <summary>Half a frame, and then the stream ends as if complete.</summary>
    HalfFrame,

    /// <summary>Half a frame, and then the connection is reset.</summary>
    HalfFrameReset,

    /// <summary>An ERROR event with code 410.</summary>
    Gone,

    /// <summary>An ERROR event with code 500.</summary>
    Error,

    /// <summary>The stream stays open, and nothing comes any more: a half-open connection.</summary>
    Silent,

    /// <summary>Something that is no JSON.</summary>
    Garbage,
}
