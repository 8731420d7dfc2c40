using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Settings;

try
{
    await ServerHost.Create(args).RunAsync();
    return 0;
}
catch (SettingsException wrong)
{
    SettingsValidation.Print(wrong.Failures, Console.Error);
    return SettingsValidation.ExitCode;
}
