namespace Subscriptions.Server.Hosting.Settings;

/// <summary>The first member of staff, made when there is none. A class, not a record, so that printing it can never print the password.</summary>
public sealed class FirstStaffSettings
{
    /// <summary>The address to sign in with.</summary>
    public required string Email { get; init; }

    /// <summary>The password until it is changed.</summary>
    public required string Password { get; init; }
}

/// <summary>Reads <c>Staff:First</c>. Without it nobody is made.</summary>
internal static class StaffSection
{
    private const int ShortestPassword = 12;

    public static FirstStaffSettings? Read(SettingsReader read)
    {
        var email = read.Optional("Staff:First:Email");
        var password = read.Optional("Staff:First:Password");
        if (email is null && password is null)
        {
            return null;
        }

        if (email is null || !email.Contains('@', StringComparison.Ordinal) || email.Length > 250)
        {
            read.Fail("Staff:First:Email", "is missing or no e-mail address. Write the address with which the first member of staff signs in at /support.");
        }

        if (password is null || password.Length < ShortestPassword)
        {
            read.Fail("Staff:First:Password", $"is missing or short. Write at least {ShortestPassword} characters; pass it as the environment variable Staff__First__Password rather than in a file.");
        }

        return email is null || password is null ? null : new FirstStaffSettings { Email = email, Password = password };
    }
}
