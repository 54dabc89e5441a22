namespace NetPolNic.TestApiServer;

/// <summary>How the server fails a request.</summary>
/// <param name="StatusCode">HTTP status to answer with; 0 resets the connection, 200 answers and then cuts the body.</param>
/// <param name="Reason">Reason in the Status object, e.g. "Forbidden".</param>
/// <param name="Message">Message in the Status object.</param>
/// <param name="RetryAfterSeconds">Retry-After header, where there is one.</param>
/// <param name="BodyBytes">Bytes of a good answer that still get through before the connection is reset.</param>
public sealed record Fault(
    int StatusCode, string Reason = "", string Message = "", int? RetryAfterSeconds = null, int BodyBytes = 0)
{
    public static Fault Reset { get; } = new(0);

    public static Fault Unauthorized { get; } = new(401, "Unauthorized", "Unauthorized");

    public static Fault Forbidden { get; } = new(403, "Forbidden", "User \"system:serviceaccount:n:a\" cannot do that");

    public static Fault InternalError { get; } = new(500, "InternalError", "etcdserver: leader changed");

    public static Fault TooMany(int retryAfterSeconds) =>
        new(429, "TooManyRequests", "the server has too many requests", retryAfterSeconds);

    public static Fault CutBody(int bytes) => new(200, BodyBytes: bytes);

    /// <summary>The request is accepted and nothing is ever answered.</summary>
    public static Fault Hang { get; } = new(-1);
}
