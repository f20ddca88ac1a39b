<?php
// Writes what a PHP program keeps after password_hash(): a table as CSV by fputcsv, and rows by json_encode.
// Usage: php php.php FOLDER
[, $folder] = $argv;
$password = "pässword😀";
$users = [
    ["php-bcrypt@example.com", password_hash($password, PASSWORD_BCRYPT, ["cost" => 4]), "Zoë \"Z\", the 1st"],
    ["php-argon2i@example.com", password_hash($password, PASSWORD_ARGON2I, ["memory_cost" => 64, "time_cost" => 2, "threads" => 1]), ""],
    ["php-argon2id@example.com", password_hash($password, PASSWORD_ARGON2ID, ["memory_cost" => 64, "time_cost" => 2, "threads" => 1]), null],
];
$csv = fopen("$folder/php.csv", "w");
fputcsv($csv, ["id", "email", "password", "name", "first_name", "email_verified_at", "created_at", "updated_at"]);
$lines = fopen("$folder/php.jsonl", "w");
foreach ($users as $i => [$email, $hash, $name]) {
    $at = date("Y-m-d H:i:s", 1714551330 + $i);
    fputcsv($csv, [$i + 1, $email, $hash, $name, $name, $i === 0 ? $at : null, $at, $at]);
    $row = ["id" => $i + 1, "email" => "json-$email", "password" => $hash, "first_name" => $name, "created_at" => date(DATE_ATOM, 1714551330 + $i)];
    fwrite($lines, json_encode($row) . "\n");
}
